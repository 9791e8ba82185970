/** Plain documents: no columns beside those that every table has. */
import type { Mapper } from "./mapper.ts";

const document: Mapper = { name: "document", columns: [] };

export default document;

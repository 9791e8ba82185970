import { describeShardFormat } from "../../contracts/shard-format.ts";

describeShardFormat("safetensors");

/** The made shop that `bench/sql/make-log.ts` asks: its schema, and 200 shapes of statements as pgbench scripts. */

const STATES = ["new", "open", "paid", "sent", "closed", "failed"];

/** Tables of the shop: what they count, what they name, what they point to. */
const TABLES: Readonly<Record<string, { amount: string; name: string; parent: string }>> = {
  customers: { amount: "credit", name: "email", parent: "department_id" },
  products: { amount: "price", name: "sku", parent: "category_id" },
  orders: { amount: "total", name: "reference", parent: "customer_id" },
  order_items: { amount: "quantity", name: "sku", parent: "order_id" },
  payments: { amount: "amount", name: "iban", parent: "order_id" },
  shipments: { amount: "weight", name: "tracking_code", parent: "order_id" },
  reviews: { amount: "stars", name: "headline", parent: "product_id" },
  categories: { amount: "rank", name: "slug", parent: "parent_id" },
  sessions: { amount: "pages", name: "token", parent: "customer_id" },
  events: { amount: "bytes", name: "action", parent: "session_id" },
  inventory: { amount: "stock", name: "shelf", parent: "product_id" },
  suppliers: { amount: "rating", name: "company", parent: "department_id" },
  refunds: { amount: "amount", name: "reason", parent: "payment_id" },
  tickets: { amount: "priority", name: "subject", parent: "customer_id" },
  messages: { amount: "length", name: "body", parent: "ticket_id" },
  departments: { amount: "budget", name: "label", parent: "parent_id" },
};

/** Statements that make the tables, with a few thousand rows each. */
export function schema(): string {
  const made = Object.entries(TABLES).map(([table, { amount, name, parent }]) => {
    const states = STATES.map((state) => `'${state}'`).join(",");
    return (
      `CREATE TABLE ${table} (id bigserial PRIMARY KEY, ${parent} bigint, ${name} text, ${amount} numeric, ` +
      `status text, created_at timestamptz DEFAULT now());\n` +
      `INSERT INTO ${table} (${parent}, ${name}, ${amount}, status, created_at) SELECT g % 500, 'n' || g, g % 97, ` +
      `(ARRAY[${states}])[1 + g % 6], now() - g * interval '1 minute' FROM generate_series(1, 4000) g;\n` +
      `CREATE INDEX ON ${table} (${parent});\n`
    );
  });
  return `${made.join("")}ANALYZE;\n`;
}

/** What one table is asked; `:a` to `:c` are numbers that pgbench draws. */
function ofTable(table: string): string[] {
  const { amount, name, parent } = TABLES[table]!;
  return [
    `SELECT id, ${name}, ${amount}, status FROM ${table} WHERE id = :a`,
    `SELECT count(*), sum(${amount}) FROM ${table} WHERE ${parent} = :a AND created_at > now() - interval '30 days'`,
    `UPDATE ${table} SET ${amount} = ${amount} + :b, status = 'open' WHERE id = :a`,
    `INSERT INTO ${table} (${parent}, ${name}, ${amount}, status) VALUES (:a, 'n:b', :c, 'new')`,
    `DELETE FROM ${table} WHERE id = :a + 1000000`,
    `SELECT * FROM ${table} WHERE ${parent} = :a ORDER BY created_at DESC LIMIT 10 OFFSET :c`,
    `SELECT ${name} FROM ${table} WHERE id IN (:a, :b, :c)`,
    `SELECT status, max(${amount}) FROM ${table} WHERE ${parent} < :c GROUP BY status HAVING count(*) > 2`,
    `SELECT id FROM ${table} WHERE ${parent} = :a AND ${name} LIKE 'n:c%' -- search box`,
  ];
}

/** Pairs of a table and the one that it points to. */
const LINKS: readonly (readonly [string, string])[] = [
  ["orders", "customers"],
  ["order_items", "orders"],
  ["payments", "orders"],
  ["shipments", "orders"],
  ["reviews", "products"],
  ["products", "categories"],
  ["sessions", "customers"],
  ["events", "sessions"],
  ["inventory", "products"],
  ["refunds", "payments"],
  ["tickets", "customers"],
  ["messages", "tickets"],
];

function ofLink(child: string, parent: string): string[] {
  const { parent: key, amount } = TABLES[child]!;
  const { name } = TABLES[parent]!;
  return [
    `SELECT p.${name}, c.${amount}\nFROM ${child} c\nJOIN ${parent} p ON p.id = c.${key}\nWHERE c.id = :a`,
    `SELECT p.id FROM ${parent} AS p WHERE p.id < :c AND EXISTS (SELECT 1 FROM ${child} WHERE ${key} = p.id AND ${amount} > :b)`,
    `WITH best AS (SELECT ${key}, sum(${amount}) AS s FROM ${child} WHERE ${key} = :a GROUP BY 1)\nSELECT p.${name}, best.s FROM best LEFT JOIN ${parent} p ON p.id = best.${key}`,
  ];
}

/** Statements of their own kinds: slow ones, wrong ones, some of another family. */
const OTHERS: readonly string[] = [
  "BEGIN; SELECT id FROM orders WHERE id = :a FOR UPDATE; COMMIT",
  "SELECT pg_sleep(0.0:c)",
  "SELECT count(*) FROM events e CROSS JOIN generate_series(1, :c) g",
  "SELECT o.id, row_number() OVER (PARTITION BY o.status ORDER BY o.total DESC) FROM orders o WHERE o.customer_id = :c",
  "SELECT coalesce(sum(amount), 0) FROM payments WHERE order_id = ANY (ARRAY[:a, :b])",
  "INSERT INTO departments (id, label) VALUES (:c, 'x') ON CONFLICT (id) DO UPDATE SET label = excluded.label",
  "SELECT 1 / (:a - :a) FROM customers LIMIT 1",
  "SELECT missing_column FROM orders WHERE id = :a",
  "SELECT id FROM reviews WHERE stars > :c UNION ALL SELECT id FROM tickets WHERE priority > :c LIMIT 5",
  "SELECT CASE WHEN stock < :c THEN 'low' ELSE 'fine' END FROM inventory WHERE id = :a",
  "SELECT extract(hour FROM created_at), count(*) FROM sessions WHERE customer_id = :a GROUP BY 1",
  "SELECT $$it's :a$$, E'\\\\n:b', \"status\" FROM refunds WHERE id = :a",
  "UPDATE inventory SET stock = stock - 1 FROM products p WHERE p.id = inventory.product_id AND p.id = :a",
  "DELETE FROM messages USING tickets t WHERE t.id = messages.ticket_id AND t.id = :a + 1000000",
  "SELECT jsonb_build_object('id', id, 'n', label)->>'n' FROM departments WHERE id = :c",
  "SET work_mem = '4MB'",
  "SELECT string_agg(sku, ',' ORDER BY sku) FROM products WHERE category_id = :c",
  "SELECT /* dashboard */ date_trunc('day', created_at) AS day, avg(total) FROM orders WHERE customer_id < :c GROUP BY day ORDER BY day",
  "SELECT s.company FROM suppliers s, departments d WHERE d.id = s.department_id AND d.budget > :c AND s.id = :a",
  "SELECT count(DISTINCT customer_id) FROM orders WHERE created_at BETWEEN now() - interval '2 days' AND now()",
];

/** All shapes, in a fixed order: 200 of them. */
export function shapes(): string[] {
  return [
    ...Object.keys(TABLES).flatMap(ofTable),
    ...LINKS.flatMap(([child, parent]) => ofLink(child, parent)),
    ...OTHERS,
  ].slice(0, 200);
}

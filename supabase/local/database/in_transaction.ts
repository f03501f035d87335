/** One transaction on a connection of a pool. */
import type pg from "pg";

/** Commits what the work did; undone when it throws. */
export async function inTransaction<Result>(
  pool: pg.Pool,
  work: (client: pg.ClientBase) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    client.release();
    return result;
  } catch (error) {
    // Closed rather than given back: whatever the transaction did is undone with the connection.
    client.release(true);
    throw error;
  }
}

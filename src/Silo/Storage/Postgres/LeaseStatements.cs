namespace Troupe.Silo.Storage.Postgres;

/// <summary>The SQL of leases. What changes something first proves that the request is the node's latest ($1 name, $2 number), under the lock of the node's
/// row, which the first statement of each request takes: so it excludes the removal of that row by others. Rows that others hold are skipped, never waited for;
/// whoever wants them looks again soon.</summary>
internal static class LeaseStatements
{
    /// <summary>First half of the keys of the nodes' advisory locks ("Trpf"); the second is drawn by each process.</summary>
    public const int Locks = 0x54727066;

    /// <summary>The tables. A node's partitions are free the moment its row is gone, whoever removes it.</summary>
    public const string Tables = """
        CREATE SCHEMA IF NOT EXISTS troupe;
        CREATE TABLE troupe.nodes (
          id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE, address text NOT NULL, roles text[] NOT NULL,
          version text NOT NULL, started_at timestamptz NOT NULL, state text NOT NULL, drain boolean NOT NULL DEFAULT false, renewed_at timestamptz NOT NULL,
          lease_until timestamptz NOT NULL, lock integer, number bigint NOT NULL, handovers bigint NOT NULL, stats text NOT NULL) WITH (fillfactor = 50);
        CREATE TABLE troupe.partitions (
          partition integer PRIMARY KEY, owner integer REFERENCES troupe.nodes ON DELETE SET NULL, epoch bigint NOT NULL) WITH (fillfactor = 50);
        CREATE INDEX partitions_owner ON troupe.partitions (owner);
        INSERT INTO troupe.partitions (partition, epoch) SELECT n, 0 FROM generate_series(0, 1023) n;
        CREATE TABLE troupe.cluster (version bigint NOT NULL) WITH (fillfactor = 50);
        INSERT INTO troupe.cluster VALUES (1);
        """;

    /// <summary>Whether the tables are there.</summary>
    public const string Present = "SELECT to_regclass('troupe.cluster') IS NOT NULL";

    /// <summary>Waits until nobody else makes tables; holds until the end of the transaction.</summary>
    public const string Alone = "SELECT pg_advisory_xact_lock(1416786022, 0)";

    /// <summary>Opens a session: the server's process, and the lock if it is wanted ($1), this is the process we are connected to ($2), and it is
    /// free ($3).</summary>
    public const string Open = "SELECT pg_backend_pid(), CASE WHEN $1 AND pg_backend_pid() = $2 THEN pg_try_advisory_lock(1416786022, $3) ELSE false END";

    /// <summary>A server that can't reach the node any more ends the session after some 11 s: later than any lease it might hold.</summary>
    public const string KeepAlive = "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3";

    /// <summary>What is new: time, version, and the nodes that say they have a lock nobody holds. Tries for the lock ($2) if that is wanted ($1).</summary>
    public const string Look = """
        SELECT clock_timestamp(), version, ARRAY(
          SELECT name FROM troupe.nodes WHERE lock IS NOT NULL AND lock::bigint::oid NOT IN (
            SELECT objid FROM pg_locks JOIN pg_database d ON d.oid = database
            WHERE locktype = 'advisory' AND classid = 1416786022 AND objsubid = 2 AND granted AND datname = current_database())),
          CASE WHEN $1 THEN pg_try_advisory_lock(1416786022, $2) ELSE false END
        FROM troupe.cluster
        """;

    /// <summary>Extends the lease, or makes it anew.</summary>
    public const string Renew = """
        INSERT INTO troupe.nodes AS n
          (name, number, address, roles, version, started_at, state, renewed_at, lease_until, lock, handovers, stats)
        SELECT $1, $2, $3, $4, $5, $6, $7, now, now + $8, $9::integer, $10, $11 FROM clock_timestamp() now
        ON CONFLICT (name) DO UPDATE SET number = excluded.number, address = excluded.address, roles = excluded.roles, version = excluded.version,
          started_at = excluded.started_at, state = excluded.state, renewed_at = excluded.renewed_at, lease_until = excluded.lease_until,
          lock = excluded.lock, handovers = excluded.handovers, stats = excluded.stats
        WHERE n.number < excluded.number
        """;

    /// <summary>Leaves.</summary>
    public const string Leave = "DELETE FROM troupe.nodes WHERE name = $1 AND number < $2";

    /// <summary>Releases partitions ($3).</summary>
    public const string Release = $"UPDATE troupe.partitions SET owner = NULL FROM {Self} WHERE partition = ANY ($3) AND owner = self.id";

    /// <summary>Removes nodes ($3) whose lease is over.</summary>
    public const string Expire = $"""
        DELETE FROM troupe.nodes WHERE id IN (
          SELECT n.id FROM troupe.nodes n, {Self} WHERE n.name = ANY ($3) AND n.lease_until < clock_timestamp() FOR UPDATE OF n SKIP LOCKED)
        """;

    /// <summary>Removes nodes ($3) whose lock is free, and holds that lock until the removal is done.</summary>
    public const string Bury = $"""
        DELETE FROM troupe.nodes WHERE id IN (
          SELECT n.id FROM troupe.nodes n, {Self}
          WHERE CASE WHEN n.name = ANY ($3) AND n.lock IS NOT NULL THEN pg_try_advisory_xact_lock(1416786022, n.lock) ELSE false END
          FOR UPDATE OF n SKIP LOCKED)
        """;

    /// <summary>Takes partitions ($3) that nobody owns.</summary>
    public const string Claim = $"""
        UPDATE troupe.partitions SET owner = self.id, epoch = epoch + 1 FROM {Self} WHERE partition IN (
          SELECT partition FROM troupe.partitions WHERE partition = ANY ($3) AND owner IS NULL ORDER BY partition FOR UPDATE SKIP LOCKED)
        """;

    /// <summary>Asks nodes ($3) to drain.</summary>
    public const string Drain = $"UPDATE troupe.nodes n SET drain = true FROM {Self} WHERE n.name = ANY ($3)";

    /// <summary>Tells the others to look anew.</summary>
    public const string Tell = "UPDATE troupe.cluster SET version = version + 1";

    /// <summary>The time and the version.</summary>
    public const string ReadVersion = "SELECT clock_timestamp(), version FROM troupe.cluster";

    /// <summary>All nodes.</summary>
    public const string ReadNodes =
        "SELECT id, name, address, roles, version, started_at, state, drain, renewed_at, lease_until, lock IS NOT NULL, handovers, stats FROM troupe.nodes";

    /// <summary>All partitions, in one row.</summary>
    public const string ReadPartitions =
        "SELECT array_agg(coalesce(owner, 0) ORDER BY partition), array_agg(epoch ORDER BY partition) FROM troupe.partitions";

    private const string Self = "(SELECT id FROM troupe.nodes WHERE name = $1 AND number = $2) self";
}

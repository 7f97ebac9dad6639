using System.Collections.Concurrent;
using Troupe.Tables;

namespace Troupe.Api.Families.Ingest;

/// <summary>Brings rows to their table. Bodies are read here, off the table's turn, against columns remembered from an earlier request; the table stores
/// rows only if they were read against its present columns, and whatever is refused here is refused after a look at the present columns.</summary>
internal sealed class TableDoor(IGrainFactory grains)
{
    private const int Attempts = 4;

    private readonly ConcurrentDictionary<GrainKey, ColumnSet> _columns = new();

    /// <summary>Lets the holder of a token in.</summary>
    public Task<Outcome<TokenEntry>> Enter(GrainKey table, string tokenHash) => Grain(table).Enter(tokenHash);

    /// <summary>Stores the rows of a request.</summary>
    /// <param name="table">The table.</param>
    /// <param name="request">The request.</param>
    /// <param name="token">Hash of the token that brought it and the version of the columns its holder was let in to; null when an API key did.</param>
    public async Task<Outcome<Ingested>> Store(GrainKey table, IngestRequest request, (string Hash, int Schema)? token)
    {
        var grain = Grain(table);
        var rows = new Utf8Buffer(request.Body.Length);
        Outcome<Ingested> outcome = Failure.Stale("table's columns");
        for (var (attempt, least) = (1, token?.Schema ?? 0); attempt <= Attempts && outcome.Failure is { Kind: Refusal.Stale }; attempt++)
        {
            var known = _columns.GetValueOrDefault(table);
            var fresh = known is null || known.Version < least;
            var columns = fresh ? await Look(table, grain) : known!;
            if (!columns.Ok)
            {
                return columns.Failure;
            }

            rows.Clear();
            var read = IngestBody.Rows(request.Body.Span, columns.Value, named: token is null, rows);
            outcome = read.Ok
                ? await grain.Ingest(new(columns.Value.Version, read.Value, rows.Written)
                {
                    IdempotencyKey = request.IdempotencyKey,
                    Hash = request.Hash,
                    TokenHash = token?.Hash,
                })
                : await Refuse(grain, request, read.Failure, token?.Hash, fresh);
            least = columns.Value.Version + 1;
        }

        rows.Dispose(); // only now: had the call been given up, the table might still be reading
        return outcome;
    }

    /// <summary>A body that does not fit: the answer of its key if it has one, the refusal if the columns are the present ones, otherwise
    /// "look again".</summary>
    private static async Task<Outcome<Ingested>> Refuse(IDataTableGrain grain, IngestRequest request, Failure failure, string? tokenHash, bool fresh)
    {
        if (request.IdempotencyKey is { } key)
        {
            var before = await grain.Answered(new(0, 0, default) { IdempotencyKey = key, Hash = request.Hash, TokenHash = tokenHash });
            if (before.Ok || before.Failure.Kind == Refusal.Conflict)
            {
                return before;
            }
        }

        return fresh ? failure : Failure.Stale("table's columns");
    }

    private async Task<Outcome<ColumnSet>> Look(GrainKey table, IDataTableGrain grain)
    {
        var schema = await grain.Schema();
        if (!schema.Ok)
        {
            _columns.TryRemove(table, out _);
            return schema.Failure;
        }

        if (_columns.Count >= Limits.ColumnSetsHeld)
        {
            _columns.Clear(); // rare, and only costs looking again
        }

        return _columns[table] = new(schema.Value);
    }

    private IDataTableGrain Grain(GrainKey table) => grains.GetGrain<IDataTableGrain>(table.ToString());
}

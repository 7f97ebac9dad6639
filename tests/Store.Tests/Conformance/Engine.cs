using System.Text;
using Troupe.Tests;

namespace Troupe.Storage;

/// <summary>A database engine under the conformance suite. A new engine is one of these and a line for each suite.</summary>
public interface IEngine
{
    /// <summary>Opens a store in an empty database.</summary>
    Task<IOpenStore> Open(IReadOnlyList<KindSchema> kinds, IReadOnlyList<LogSchema> logs, TimeProvider clock);
}

/// <summary>What every suite starts from: a kind with each sort of facet, a log, and short ways to write changes.</summary>
public abstract class Suite(IEngine engine) : IAsyncLifetime
{
    protected const string Here = "ws_here";

    protected const string There = "ws_there";

    protected static readonly Kind Person = new("person", "per");

    protected static readonly KindSchema People = new(
        Person,
        [new("email", FacetType.Text, Unique: true), new("city"), new("age", FacetType.Integer), new("score", FacetType.Real)],
        Searchable: true);

    protected static readonly LogSchema Notes = new("note", [new("status"), new("due_at", FacetType.Integer) { Sparse = true }, new("weight", FacetType.Real)]);

    protected static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    protected FakeClock Clock { get; } = new(Noon);

    protected IOpenStore Open { get; private set; } = null!;

    public virtual async Task InitializeAsync() => Open = await engine.Open([People], [Notes], Clock);

    public virtual async Task DisposeAsync() => await Open.DisposeAsync();

    protected async Task Restart(IReadOnlyList<KindSchema>? kinds = null, IReadOnlyList<LogSchema>? logs = null) => Open = await Open.Reopen(kinds, logs);

    protected static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>A person as a write.</summary>
    protected static RecordWrite Write(
        string id, long version = 0, string? email = null, string? city = null, long? age = null, double? score = null, string? search = null,
        bool deleted = false, string body = "{}", DateTimeOffset? time = null) =>
        new(Person, id, version, Utf8(body), [email, city, age, score], search, time ?? Noon, deleted);

    protected static EntryWrite Note(string owner, long seq, string? status = null, long? due = null, string body = "{}", DateTimeOffset? time = null) =>
        new("note", owner, seq, Utf8(body), [status, due, null], time ?? Noon);

    protected static RowWrite.Append Lines(string log, long first, params string[] lines) =>
        new(log, first, lines.Length, Utf8(string.Concat(lines.Select(l => l + "\n"))), Noon);

    protected static RowSegment Segment(long first, params string[] lines) =>
        new(first, lines.Length, Utf8(string.Concat(lines.Select(l => l + "\n"))), Noon);

    protected static Event Happened(string id, string data = "{}", DateTimeOffset? time = null) => new(id, "person.changed", "per_1", time ?? Noon, Utf8(data));

    protected static Answer Reply(string key, string body = "{}", DateTimeOffset? time = null) => new("ingest:t", key, Utf8("hash"), Utf8(body), time ?? Noon);

    protected ValueTask<Committed> Commit(params RecordWrite[] records) => Open.Store.Commit(new(Here) { Records = records });

    /// <summary>Commits what must be stored.</summary>
    protected async Task Stored(Change change) => Assert.Equal(new(CommitStatus.Stored), await Open.Store.Commit(change));

    protected Task Stored(params RecordWrite[] records) => Stored(new Change(Here) { Records = records });

    protected async Task Refused(CommitStatus status, Change change) => Assert.Equal(status, (await Open.Store.Commit(change)).Status);

    protected ValueTask<StoredRecord?> Load(string id, string workspace = Here) => Open.Store.Load(Person, workspace, id);

    /// <summary>Ids of a list, all pages of it.</summary>
    protected async Task<List<string>> Ids(Query query, string workspace = Here)
    {
        var ids = new List<string>();
        for (var next = query; ;)
        {
            var page = await Open.Directory.List(Person, workspace, next);
            ids.AddRange(page.Items.Select(r => r.Id));
            if (page.Next is null)
            {
                return ids;
            }

            next = next with { After = page.Next };
        }
    }

    /// <summary>Lines of a row log from a row on, with the number of the first row given back.</summary>
    protected async Task<(long First, string[] Lines)> Read(string log, long from = 1, int rows = 1_000_000, string workspace = Here)
    {
        var segments = await Open.Rows.Read(workspace, log, from, rows);
        for (var i = 1; i < segments.Count; i++)
        {
            Assert.Equal(segments[i - 1].FirstSeq + segments[i - 1].Count, segments[i].FirstSeq);
        }

        var text = string.Concat(segments.Select(s => Encoding.UTF8.GetString(s.Body.Span)));
        Assert.Equal(segments.Sum(s => s.Count), text.Count(c => c == '\n'));
        return (segments.Count == 0 ? 0 : segments[0].FirstSeq, text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}

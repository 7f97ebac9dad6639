using FsCheck;
using FsCheck.Fluent;

namespace Troupe.Storage;

/// <summary>Random changes, several at once, against a model in memory: what the store accepts, in the order its events tell, is what a plain dictionary would
/// have accepted; what it refuses could be refused at some moment of the round; what it holds in the end is what the model holds.</summary>
public abstract class ModelConformance(IEngine engine) : Suite(engine)
{
    private static readonly string[] Ids4 = ["per_1", "per_2", "per_3", "per_4"];

    /// <summary>A change as drawn: versions and row numbers are relative to the model at the start of the round, so that most fit.</summary>
    public sealed record Draw((int Id, int Off, int Email, bool Delete)[] Records, (int Log, int Off, int Count)[] Rows, int? Answer, bool Drop);

    private static Gen<Draw> Draws() =>
        from records in Gen.Choose(0, 2).SelectMany(n => (
            from id in Gen.Choose(0, 3)
            from off in Gen.Frequency((6, Gen.Constant(0)), (1, Gen.Choose(-1, 1)))
            from email in Gen.Choose(0, 3)
            from delete in Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)))
            select (id, off, email, delete)).ArrayOf(n))
        from rows in Gen.Choose(0, 2).SelectMany(n => (
            from log in Gen.Choose(0, 1)
            from off in Gen.Frequency((6, Gen.Constant(0)), (1, Gen.Choose(-1, 1)))
            from count in Gen.Choose(1, 3)
            select (log, off, count)).ArrayOf(n))
        from answer in Gen.Frequency((2, Gen.Constant<int?>(null)), (1, Gen.Choose(0, 30).Select(k => (int?)k)))
        from drop in Gen.Frequency((12, Gen.Constant(false)), (1, Gen.Constant(true)))
        select new Draw(records, rows, answer, drop);

    [Fact]
    public void Random_rounds_of_concurrent_changes_equal_the_model()
    {
        var rounds = Gen.Choose(1, 8).SelectMany(n => Draws().ArrayOf(n)).ArrayOf(6).ToArbitrary();
        var run = 0;
        Prop.ForAll(rounds, drawn => Play($"ws_{run++}", drawn).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    private async Task Play(string workspace, Draw[][] rounds)
    {
        var model = new Model();
        var before = await Open.Outbox.Read(0, int.MaxValue);
        var position = before.Count > 0 ? before[^1].Position : 0;
        foreach (var round in rounds)
        {
            var changes = round.Select((draw, i) => Make(workspace, model, draw, $"{i}")).ToArray();
            var answers = await Task.WhenAll(changes.Select(change => Task.Run(async () => await Open.Store.Commit(change))));
            var order = await Open.Outbox.Read(position, 1000);
            position = order.Count > 0 ? order[^1].Position : position;

            // Every state of the round, to judge refusals by.
            var states = new List<Model> { model.Copy() };
            foreach (var index in order.Select(e => int.Parse(e.Event.Id)))
            {
                Assert.Equal(CommitStatus.Stored, answers[index].Status);
                Assert.Equal(CommitStatus.Stored, model.Apply(changes[index]).Status);
                states.Add(model.Copy());
            }

            Assert.Equal(order.Count, answers.Count(a => a.Status == CommitStatus.Stored));
            for (var i = 0; i < answers.Length; i++)
            {
                var fits = answers[i].Status == CommitStatus.Stored || states.Any(state => state.Copy().Apply(changes[i]) == answers[i]);
                Assert.True(fits, $"{answers[i]} fits no state of the round");
            }
        }

        await Compare(workspace, model);
    }

    private static Change Make(string workspace, Model model, Draw draw, string index)
    {
        var records = draw.Records.Select(r => Write(
            Ids4[r.Id],
            Math.Max(0, model.Version(Ids4[r.Id]) + r.Off),
            r.Email == 0 ? null : $"{r.Email}@x",
            search: $"text {r.Email} of it",
            deleted: r.Delete,
            body: $"{{\"n\":\"{index}\"}}"));
        var rows = draw.Rows.Select(r => (RowWrite)Lines(
            $"log_{r.Log}", Math.Max(1, model.Next($"log_{r.Log}") + r.Off), [.. Enumerable.Range(0, r.Count).Select(i => $"[\"{index}\",{i}]")]));
        return new(workspace)
        {
            Records = [.. records],
            Rows = [.. rows, .. draw.Drop ? new RowWrite[] { new RowWrite.Drop("log_0") } : []],
            Answers = draw.Answer is { } key ? [Reply($"k{key}")] : [],
            Events = [Happened(index)],
        };
    }

    private async Task Compare(string workspace, Model model)
    {
        foreach (var id in Ids4)
        {
            var stored = await Load(id, workspace);
            var record = model.Records.GetValueOrDefault(id);
            Assert.Equal(model.Version(id), stored?.Version ?? 0);
            Assert.Equal(record?.Deleted, stored?.Deleted);
            Assert.Equal(record?.Body.ToArray(), stored?.Body.ToArray());
        }

        var live = model.Records.Values.Where(r => !r.Deleted).OrderBy(r => r.Id, StringComparer.Ordinal).ToList();
        Assert.Equal(live.Select(r => r.Id), await Ids(new(), workspace));
        var holder = live.Where(r => Equals(r.Facets[0], "1@x")).Select(r => r.Id);
        Assert.Equal(holder, await Ids(new() { Filters = [new("email", Test.Equal, "1@x")] }, workspace));
        Assert.Equal(live.Where(r => r.Search == "text 2 of it").Select(r => r.Id), await Ids(new() { Text = "TEXT 2" }, workspace));
        foreach (var log in (string[])["log_0", "log_1"])
        {
            Assert.Equal(model.Rows.GetValueOrDefault(log, []), (await Read(log, workspace: workspace)).Lines);
        }

        var keys = Enumerable.Range(0, 31).Select(k => $"k{k}").ToArray();
        Assert.Equal(keys.Where(model.Keys.Contains), (await Open.Store.Answers(workspace, "ingest:t", keys)).Select(a => a.Key));
    }

    /// <summary>What a store is, without a database.</summary>
    private sealed class Model
    {
        public Dictionary<string, RecordWrite> Records { get; private init; } = [];

        public Dictionary<string, List<string>> Rows { get; private init; } = [];

        public HashSet<string> Keys { get; private init; } = [];

        public Model Copy() => new() { Records = new(Records), Rows = Rows.ToDictionary(r => r.Key, r => r.Value.ToList()), Keys = [.. Keys] };

        public long Version(string id) => Records.TryGetValue(id, out var record) ? record.ExpectedVersion + 1 : 0;

        public long Next(string log) => Rows.GetValueOrDefault(log, []).Count + 1;

        public Committed Apply(Change change)
        {
            var next = Copy();
            var (records, rows, keys) = (next.Records, next.Rows, next.Keys);
            foreach (var record in change.Records)
            {
                if ((records.TryGetValue(record.Id, out var was) ? was.ExpectedVersion + 1 : 0) != record.ExpectedVersion)
                {
                    return new(CommitStatus.Stale);
                }

                if (!record.Deleted && record.Facets[0] is { } email && records.Values.Any(r => r.Id != record.Id && !r.Deleted && Equals(r.Facets[0], email)))
                {
                    return new(CommitStatus.Taken, "email");
                }

                records[record.Id] = record;
            }

            foreach (var write in change.Rows)
            {
                if (write is RowWrite.Append append)
                {
                    var log = rows.TryGetValue(append.Log, out var there) ? there : rows[append.Log] = [];
                    if (append.FirstSeq != log.Count + 1)
                    {
                        return new(CommitStatus.Stale);
                    }

                    log.AddRange(System.Text.Encoding.UTF8.GetString(append.Body.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries));
                }
                else
                {
                    rows.Remove(write.Log);
                }
            }

            if (change.Answers.Any(a => !keys.Add(a.Key)))
            {
                return new(CommitStatus.Taken, "idempotency_key");
            }

            foreach (var (id, record) in records)
            {
                Records[id] = record;
            }

            Rows.Clear();
            foreach (var (log, lines) in rows)
            {
                Rows[log] = lines;
            }

            Keys.UnionWith(keys);
            return new(CommitStatus.Stored);
        }
    }
}

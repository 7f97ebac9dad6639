using System.Diagnostics;
using System.Globalization;
using Troupe.Crm;
using Troupe.Silo.Storage;
using Troupe.Silo.Storage.Sqlite;

namespace Troupe.Bench.Benchmark;

/// <summary>First pages of filtered lists: what they cost over a million contacts, beside ten thousand.</summary>
internal static class Lists
{
    private const int Few = 10_000;
    private const int Many = 1_000_000;
    private const int Change = 1_000;
    private const int Asked = 200;
    private const string Here = "bench";

    /// <summary>Fills two stores and asks both.</summary>
    public static async Task Run(Session session)
    {
        await using var few = await Fill(session, Few);
        await using var many = await Fill(session, Many);
        (string Name, Func<int, Query> Query)[] lists =
        [
            ("no filter", _ => new()),
            ("by company", i => new() { Filters = [new("company_id", Test.Equal, $"com_{i % 1_000:d4}")] }),
            ("by external id", i => new() { Filters = [new("external_id", Test.Equal, $"x{i}")] }),
            ("by custom field, a tenth has it", i => new() { Tag = CustomFields.Tag("region", $"r{i % 10}") }),
            ("by text that few have", i => new() { Text = $"person{i}@" }),
            ("by text that all have", _ => new() { Text = "harbor" }),
            ("changed lately", i => new() { Filters = [new("updated_at", Test.Greater, Time(Math.Max(0, Few - 100 - i)))] }),
            ("changed lately, of old", _ => new() { Filters = [new("updated_at", Test.Greater, Lately)] }),
            ("changed ever", _ => new() { Filters = [new("updated_at", Test.Greater, 0L)] }),
        ];
        foreach (var (name, query) in lists)
        {
            var rates = await session.TakeTurns(() => Cost(few, query), () => Cost(many, query));
            session.Report.Add(new(
                $"first page, {name}", $"{Milliseconds(rates[1])} over 1,000,000", $"{Milliseconds(rates[0])} over 10,000",
                Session.Ratio(rates[1], rates[0]), 3, AtMost: true));
        }
    }

    private static string Milliseconds(double[] rates) => $"{Session.Median(rates).ToString("0.000", CultureInfo.InvariantCulture)} ms";

    private static async Task<Database> Fill(Session session, int count)
    {
        var database = new Database(session.Fresh("lists"), new Schemas([KindSchema.Of<Contact>(), KindSchema.Of<Company>()], []), TimeProvider.System);
        await database.Open();
        var store = new SqliteStore(database);
        for (var first = 0; first < count; first += Change)
        {
            var now = DateTimeOffset.FromUnixTimeMilliseconds(Time(first));
            var records = Enumerable.Range(first, Change).Select(i => Write(i, now)).ToArray();
            if ((await store.Commit(new(Here) { Records = records })).Status != CommitStatus.Stored)
                throw new InvalidOperationException("A contact was not stored.");
        }

        var touched = Enumerable.Range(0, 10).Select(i => Write(i, DateTimeOffset.FromUnixTimeMilliseconds(Lately + 1)) with { ExpectedVersion = 1 }).ToArray();
        if ((await store.Commit(new(Here) { Records = touched })).Status != CommitStatus.Stored)
            throw new InvalidOperationException("A contact was not changed.");
        return database;
    }

    private static RecordWrite Write(int number, DateTimeOffset now)
    {
        var contact = new Contact(Load.Rows.Values(number)[0], $"person{number}@harbor.example", null, $"com_{number % 1_000:d4}", null, null, "api")
        {
            ExternalId = $"x{number}",
            CustomFields = new($$"""{"region":"r{{number % 10}}"}"""),
        };
        return Changes.Write(null, new Stored<Contact>($"con_{number:d9}", 1, now, now, contact), Json.Write(contact));
    }

    /// <summary>After every creation: when the first ten were changed.</summary>
    private static readonly long Lately = Time(Many * 2);

    /// <summary>The time at which a contact was made: one every millisecond.</summary>
    private static long Time(int number) => 1_700_000_000_000 + number;

    /// <summary>Milliseconds of one first page.</summary>
    private static async Task<double> Cost(Database database, Func<int, Query> query)
    {
        var directory = new SqliteDirectory(database);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Asked; i++)
            await directory.List(Contact.Kind, Here, query(i) with { Descending = true, Limit = 25 });
        return clock.Elapsed.TotalMilliseconds / Asked;
    }
}

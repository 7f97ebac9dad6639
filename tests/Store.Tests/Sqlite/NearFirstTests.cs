using Troupe.Silo.Storage.Sqlite;
using Troupe.Tests;

namespace Troupe.Storage.Sqlite;

/// <summary>Lists by text and by time over more records than are looked at one by one: the same records in the same order, however they were
/// found.</summary>
public sealed class NearFirstTests() : Suite(new SqliteEngine())
{
    private const int Count = (NearFirst.Near * 2) + 500;
    private static readonly KindSchema Changing = People with { ByChange = true };

    /// <summary>The text of a person: all share much of it, a hundredth is rare, some are very rare.</summary>
    private static string TextOf(int i) => $"person number{i:d5} of harbor{(i % 100 == 7 ? " pilot" : "")}{(i % 1100 == 3 ? " queue zebra" : "")}";

    private static DateTimeOffset TimeOf(int i) => Noon.AddSeconds(i % 3 == 0 ? Count - i : i);

    private async Task Fill()
    {
        await Restart([Changing]);
        for (var first = 0; first < Count; first += 500)
        {
            await Stored([.. Enumerable.Range(first, 500).Select(Someone)]);
        }
    }

    private static RecordWrite Someone(int i) =>
        Write($"per_{i:d5}", city: i % 2 == 0 ? "Oslo" : "Rome", search: TextOf(i), time: TimeOf(i)) with { Tagged = i % 5 == 0 ? ["five"] : [] };

    private async Task Same(Query query, Func<int, bool> fits)
    {
        foreach (var descending in (bool[])[false, true])
        {
            var expected = Enumerable.Range(0, Count).Where(fits).Select(i => $"per_{i:d5}").ToList();
            if (descending)
            {
                expected.Reverse();
            }

            foreach (var limit in (int[])[7, 300])
            {
                Assert.Equal(expected, await Ids(query with { Descending = descending, Limit = limit }));
            }
        }
    }

    [Fact]
    public async Task Every_page_holds_what_fits_and_nothing_twice()
    {
        await Fill();
        await Same(new() { Text = "HARBOR" }, _ => true);
        await Same(new() { Text = "pilot" }, i => i % 100 == 7);
        await Same(new() { Text = "zebra" }, i => i % 1100 == 3);
        await Same(new() { Text = "number00042" }, i => i == 42);
        await Same(new() { Text = "harbor pilot" }, i => i % 100 == 7);
        await Same(new() { Text = "zebra harbor" }, _ => false);
        await Same(new() { Text = "pilot", Filters = [new("city", Test.Equal, "Rome")] }, i => i % 100 == 7 && i % 2 == 1);
        await Same(new() { Text = "number0004", Tag = "five" }, i => i is 40 or 45);
        await Same(new() { Tag = "five", Filters = [Since(100)] }, i => i % 5 == 0 && TimeOf(i) > Noon.AddSeconds(100));
        foreach (var seconds in (int[])[-1, 5, 1200, Count - 10, Count])
        {
            await Same(new() { Filters = [Since(seconds)] }, i => TimeOf(i) > Noon.AddSeconds(seconds));
            await Same(new() { Text = "pilot", Filters = [Since(seconds)] }, i => i % 100 == 7 && TimeOf(i) > Noon.AddSeconds(seconds));
        }

        Filter Since(int seconds) => new("updated_at", Test.Greater, Noon.AddSeconds(seconds).ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task What_is_far_goes_by_an_index()
    {
        await Restart([Changing]);
        var table = new KindTable(Changing);
        var time = await Plan(Select.Far(table, Here, new() { Filters = [new("updated_at", Test.Greater, 5L)], After = "per_1" }, null, []));
        Assert.Contains("SEARCH person USING INDEX person__updated_at (workspace=? AND updated_at>?)", time, StringComparison.Ordinal);
        var text = await Plan(Select.Far(table, Here, new() { After = "per_1" }, "zebra", ["zeb", "ebr"]));
        Assert.Contains("person_search VIRTUAL TABLE INDEX", text, StringComparison.Ordinal);
        Assert.Contains("SEARCH person USING INTEGER PRIMARY KEY (rowid=?)", text, StringComparison.Ordinal);
    }

    private Task<string> Plan(Select select) => ((TempStore)Open).Database.Write(connection =>
    {
        var steps = new List<string>();
        using var explain = connection.Use("EXPLAIN QUERY PLAN " + select.Page("id, body"));
        while (explain.Step())
        {
            steps.Add(explain.Text(3));
        }

        return string.Join("; ", steps);
    });
}

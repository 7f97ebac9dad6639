using Troupe.Silo.Storage.Sqlite;
using Troupe.Tests;

namespace Troupe.Storage.Sqlite;

/// <summary>Lists go by the declared indexes: what they cost does not grow with the table.</summary>
public sealed class PlanTests() : Suite(new SqliteEngine())
{
    private Task<string> Explain(string sql) => ((TempStore)Open).Database.Write(connection =>
    {
        var steps = new List<string>();
        using var explain = connection.Use("EXPLAIN QUERY PLAN " + sql);
        while (explain.Step())
        {
            steps.Add(explain.Text(3));
        }

        return string.Join("; ", steps);
    });

    private Task<string> Plan(Query query) => Explain(Select.Records(new(People), Here, query).Page("id, body"));

    private Task<string> NotePlan(Query query) => Explain(Select.Entries(new(Notes), Here, "per_1", query).Page("seq, body"));

    [Fact]
    public async Task A_list_walks_the_key_without_sorting()
    {
        foreach (var query in new Query[] { new(), new() { Descending = true }, new() { After = "per_1" } })
        {
            var plan = await Plan(query);
            Assert.Contains("SEARCH person USING INDEX sqlite_autoindex_person_1 (workspace=?", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("city")]
    [InlineData("age")]
    public async Task A_filter_by_value_walks_its_index_without_sorting(string facet)
    {
        var plan = await Plan(new() { Filters = [new(facet, Test.Equal, facet == "age" ? 4L : "x")], After = "per_1" });
        Assert.Contains($"USING INDEX person__{facet} (workspace=? AND {facet}=? AND id>?)", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tag_walks_its_key_without_sorting()
    {
        var plan = await Plan(new() { Tag = "x", After = "per_9", Descending = true });
        Assert.Contains("SEARCH record_tags USING PRIMARY KEY (of_kind=? AND workspace=? AND tag=? AND id<?)", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_ordered_by_a_facet_walks_its_index_without_sorting()
    {
        var plan = await Plan(new() { By = "age", Filters = [new("age", Test.AtMost, 5L)] });
        Assert.Contains("USING INDEX person__age (workspace=? AND age", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_unique_facet_is_looked_up_in_its_index() =>
        Assert.Contains(
            "USING INDEX person__email (workspace=? AND email=?)",
            await Plan(new() { Filters = [new("email", Test.Equal, "x")] }),
            StringComparison.Ordinal);

    [Fact]
    public async Task Text_of_three_characters_goes_by_the_trigram_index()
    {
        Assert.Contains("person_search VIRTUAL TABLE INDEX", await Plan(new() { Text = "abc" }), StringComparison.Ordinal);
        Assert.DoesNotContain("VIRTUAL", await Plan(new() { Text = "ab" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entries_walk_the_key_and_sparse_facets_their_index()
    {
        var pages = await NotePlan(new() { After = "5" });
        Assert.Contains("SEARCH note USING PRIMARY KEY (owner=? AND seq>?)", pages, StringComparison.Ordinal);
        Assert.DoesNotContain("TEMP B-TREE", pages, StringComparison.Ordinal);
        var due = await NotePlan(new() { By = "due_at", Filters = [new("due_at", Test.AtMost, 9L)] });
        Assert.Contains("USING INDEX note__due_at (owner=? AND due_at", due, StringComparison.Ordinal);
        Assert.DoesNotContain("TEMP B-TREE", due, StringComparison.Ordinal);
        Assert.Contains("USING INDEX note__due_at", await NotePlan(new() { By = "due_at", Limit = 1 }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Due_reminders_walk_their_index_without_sorting()
    {
        var plan = await Explain(SqliteReminders.DueOnes);
        Assert.Contains("USING INDEX reminders_due (due_at<?)", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_are_read_by_the_key_of_their_segments()
    {
        var plan = await Explain(SqliteRows.Segments);
        Assert.DoesNotContain("SCAN", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
    }
}

namespace Troupe.Storage;

/// <summary>Lists: pages, filters, order.</summary>
public abstract class DirectoryConformance(IEngine engine) : Suite(engine)
{
    private async Task Seed()
    {
        await Stored(
            Write("per_1", city: "Oslo", age: 10, score: 1.5),
            Write("per_2", city: "Oslo", age: 20, score: -1),
            Write("per_3", city: "Bergen", age: 30, time: Noon.AddHours(1)),
            Write("per_4", age: 40, score: 1e9),
            Write("per_5", city: "", time: Noon.AddHours(2)));
        await Stored(new Change(There) { Records = [Write("per_9", city: "Oslo", age: 10)] });
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(10, false)]
    [InlineData(30, true)]
    [InlineData(7, true)]
    public async Task Pages_hold_each_record_once_in_order(int limit, bool descending)
    {
        await Stored([.. Enumerable.Range(0, 30).Select(i => Write($"per_{i:d2}"))]);
        var expected = Enumerable.Range(0, 30).Select(i => $"per_{i:d2}").ToList();
        if (descending)
        {
            expected.Reverse();
        }

        Assert.Equal(expected, await Ids(new() { Limit = limit, Descending = descending }));
        var first = await Open.Directory.List(Person, Here, new() { Limit = limit, Descending = descending });
        Assert.Equal(limit, first.Items.Count);
        Assert.Equal(limit == 30, first.Next is null);
    }

    [Theory]
    [InlineData("city", Test.Equal, "Oslo", "1 2")]
    [InlineData("city", Test.Equal, "oslo", "")]
    [InlineData("city", Test.Equal, "", "5")]
    [InlineData("city", Test.Equal, null, "4")]
    [InlineData("city", Test.NotEqual, "Oslo", "3 4 5")]
    [InlineData("city", Test.NotEqual, null, "1 2 3 5")]
    [InlineData("city", Test.Greater, "Bergen", "1 2")]
    [InlineData("city", Test.Equal, "Oslo' OR '1'='1", "")]
    [InlineData("age", Test.Less, 20L, "1")]
    [InlineData("age", Test.AtMost, 20L, "1 2")]
    [InlineData("age", Test.Greater, 20L, "3 4")]
    [InlineData("age", Test.AtLeast, 20L, "2 3 4")]
    [InlineData("age", Test.NotEqual, 20L, "1 3 4 5")]
    [InlineData("age", Test.Less, 15.5, "1")]
    [InlineData("age", Test.Less, null, "")]
    [InlineData("score", Test.Less, 0.0, "2")]
    [InlineData("score", Test.AtLeast, 1.5, "1 4")]
    [InlineData("score", Test.Equal, -1L, "2")]
    [InlineData("score", Test.Equal, null, "3 5")]
    [InlineData("id", Test.AtMost, "per_2", "1 2")]
    [InlineData("created_at", Test.Greater, 1772366400000L, "3 5")]
    [InlineData("updated_at", Test.Equal, 1772373600000L, "5")]
    public async Task A_filter_keeps_what_it_says(string facet, Test test, object? value, string expected)
    {
        await Seed();
        var query = new Query { Filters = [new(facet, test, value)], Limit = 2 };
        var ids = expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => $"per_{n}").ToList();
        Assert.Equal(ids, await Ids(query));
        Assert.Equal(ids.Count, await Open.Directory.Count(Person, Here, query));
        ids.Reverse();
        Assert.Equal(ids, await Ids(query with { Descending = true }));
    }

    [Fact]
    public async Task Filters_hold_together()
    {
        await Seed();
        Assert.Equal(["per_2"], await Ids(new() { Filters = [new("city", Test.Equal, "Oslo"), new("age", Test.Greater, 10L)] }));
        Assert.Equal(["per_3", "per_4"], await Ids(new() { Filters = [new("age", Test.Greater, 20L), new("age", Test.Less, 50L)] }));
    }

    [Fact]
    public async Task A_list_can_be_ordered_by_a_facet_and_leaves_out_who_has_none()
    {
        await Seed();
        Assert.Equal(["per_2", "per_1", "per_4"], await Ids(new() { By = "score" }));
        Assert.Equal(["per_4", "per_3"], await Ids(new() { By = "age", Descending = true, Limit = 2 }));
        Assert.Equal(["per_5", "per_3", "per_1", "per_2"], await Ids(new() { By = "city" }));
    }

    [Fact]
    public async Task A_filter_sees_the_last_version_only()
    {
        await Seed();
        await Stored(Write("per_1", 1, city: "Rome", age: 10));
        Assert.Equal(["per_2"], await Ids(new() { Filters = [new("city", Test.Equal, "Oslo")] }));
        Assert.Equal(["per_1"], await Ids(new() { Filters = [new("city", Test.Equal, "Rome"), new("score", Test.Equal, null)] }));
    }

    [Fact]
    public async Task What_can_not_be_asked_throws()
    {
        foreach (var query in new Query[]
        {
            new() { Filters = [new("name", Test.Equal, "x")] },
            new() { Filters = [new("body", Test.Equal, "x")] },
            new() { Filters = [new("city\" = '' OR \"city", Test.Equal, "x")] },
            new() { Filters = [new("age", Test.Equal, "x")] },
            new() { Filters = [new("city", Test.Equal, 5L)] },
            new() { Filters = [new("city", Test.Equal, 'x')] },
            new() { By = "name" },
            new() { By = "age", After = "per_1" },
            new() { Limit = 0 },
            new() { Limit = Limits.PageMax + 1 },
        })
        {
            await Assert.ThrowsAsync<ArgumentException>(async () => await Open.Directory.List(Person, Here, query));
        }
    }
}

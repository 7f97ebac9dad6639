using System.Text;

namespace Troupe.Storage;

/// <summary>Answers kept for idempotency keys.</summary>
public abstract class AnswerConformance(IEngine engine) : Suite(engine)
{
    private static Change Of(params Answer[] answers) => new(Here) { Answers = answers };

    private async Task<string[]> Bodies(params string[] keys) =>
        [.. (await Open.Store.Answers(Here, "ingest:t", keys)).Select(a => Encoding.UTF8.GetString(a.Body.Span))];

    [Fact]
    public async Task Answers_are_given_back_in_the_order_of_the_keys_and_unknown_keys_left_out()
    {
        await Stored(Of(Reply("a", "1"), Reply("b", "2"), Reply("c", "3")));
        Assert.Equal(["3", "1"], await Bodies("c", "x", "a"));
        Assert.Empty(await Bodies());
        var answer = Assert.Single(await Open.Store.Answers(Here, "ingest:t", ["b"]));
        Assert.Equal(("ingest:t", "b", "hash", Noon), (answer.Scope, answer.Key, Encoding.UTF8.GetString(answer.Hash.Span), answer.Time));
    }

    [Fact]
    public async Task A_key_is_used_once_in_its_scope_and_workspace()
    {
        await Stored(Of(Reply("a", "1")));
        Assert.Equal(new(CommitStatus.Taken, "idempotency_key"), await Open.Store.Commit(Of(Reply("a", "2"))));
        Assert.Equal(new(CommitStatus.Taken, "idempotency_key"), await Open.Store.Commit(Of(Reply("b", "2"), Reply("b", "3"))));
        await Stored(Of(Reply("a", "2") with { Scope = "ingest:u" }));
        await Stored(new Change(There) { Answers = [Reply("a", "2")] });
        Assert.Equal(["1"], await Bodies("a", "b"));
    }

    [Fact]
    public async Task A_key_is_free_again_after_its_time()
    {
        await Stored(Of(Reply("a", "1")));
        Clock.Advance(Limits.AnswerRetention - TimeSpan.FromSeconds(1));
        Assert.Equal(["1"], await Bodies("a"));
        Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(await Bodies("a"));
        await Stored(Of(Reply("a", "2", Clock.GetUtcNow())));
        Assert.Equal(["2"], await Bodies("a"));
    }

    [Fact]
    public async Task Old_answers_are_swept_and_young_ones_kept()
    {
        for (var i = 0; i < 3; i++)
        {
            await Stored(Of([.. Enumerable.Range(0, Limits.SweepRows).Select(n => Reply($"{i}-{n}", time: Clock.GetUtcNow()))]));
            Clock.Advance(TimeSpan.FromHours(10));
        }

        await Open.Storage.Sweep();
        var keys = from i in Enumerable.Range(0, 3) from n in Enumerable.Range(0, Limits.SweepRows) select $"{i}-{n}";
        Assert.Equal(2 * Limits.SweepRows, (await Open.Store.Answers(Here, "ingest:t", [.. keys])).Count);
    }
}

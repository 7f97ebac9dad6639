namespace Troupe.Storage;

/// <summary>Row logs: gapless order, stages, adoption, erasing.</summary>
public abstract class RowConformance(IEngine engine) : Suite(engine)
{
    private static Change Of(params RowWrite[] rows) => new(Here) { Rows = rows };

    private ValueTask Stage(string stage, RowSegment segment) => Open.Rows.Stage(Here, stage, segment);

    private async Task<string> Shown(string log, long from = 1, int rows = 100)
    {
        var (first, lines) = await Read(log, from, rows);
        return $"{first}: {string.Join(' ', lines)}";
    }

    [Fact]
    public async Task Rows_are_read_in_order_from_any_row_on()
    {
        await Stored(Of(Lines("log", 1, "[1]", "[2]"), Lines("log", 3, "[3]")));
        await Stored(Of(Lines("log", 4, "[4]", "[5]", "[6]")));
        Assert.Equal("1: [1] [2] [3] [4] [5] [6]", await Shown("log"));
        Assert.Equal("1: [1] [2]", await Shown("log", 2, 1));
        Assert.Equal("1: [1] [2] [3]", await Shown("log", 2, 2));
        Assert.Equal("4: [4] [5] [6]", await Shown("log", 6, 100));
        Assert.Empty((await Read("log", 7)).Lines);
        Assert.Empty((await Read("other")).Lines);
        Assert.Empty((await Read("log", workspace: There)).Lines);
    }

    [Fact]
    public async Task A_segment_that_is_not_just_behind_the_last_is_stale()
    {
        await Refused(CommitStatus.Stale, Of(Lines("log", 2, "[2]")));
        await Stored(Of(Lines("log", 1, "[1]", "[2]")));
        await Refused(CommitStatus.Stale, Of(Lines("log", 1, "[1]")));
        await Refused(CommitStatus.Stale, Of(Lines("log", 2, "[2]")));
        await Refused(CommitStatus.Stale, Of(Lines("log", 4, "[4]")));
        await Refused(CommitStatus.Stale, Of(Lines("log", 3, "[3]"), Lines("log", 3, "[3]")));
        Assert.Equal(["[1]", "[2]"], (await Read("log")).Lines);
    }

    [Fact]
    public async Task A_segment_holds_as_many_lines_as_it_says()
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => await Open.Store.Commit(Of(Lines("log", 1, "[1]") with { Count = 2 })));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Open.Store.Commit(Of(Lines("log", 1, "[1]") with { Body = Utf8("[1]") })));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Open.Store.Commit(Of(Lines("log", 1))));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Open.Store.Commit(Of(Lines("log", 0, "[0]"))));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Stage("stage", Segment(1, "[1]") with { Count = 3 }));
        Assert.Empty((await Read("log")).Lines);
    }

    [Fact]
    public async Task A_stage_is_no_log_until_it_is_adopted()
    {
        await Stage("stage", Segment(1, "[3]"));
        await Stage("stage", Segment(2, "[4]", "[5]"));
        Assert.Empty((await Read("stage")).Lines);
        await Refused(CommitStatus.Stale, Of(Lines("stage", 4, "[9]")));
        await Stored(Of(Lines("log", 1, "[1]", "[2]")));
        await Stored(Of(new RowWrite.Adopt("log", "stage", 2), Lines("log", 6, "[6]")));
        Assert.Equal("3: [3]", await Shown("log", 3, 1));
        Assert.Equal(["[1]", "[2]", "[3]", "[4]", "[5]", "[6]"], (await Read("log")).Lines);
        Assert.Empty((await Read("stage")).Lines);
        await Refused(CommitStatus.Stale, Of(new RowWrite.Adopt("log", "stage", 6)));
    }

    [Fact]
    public async Task A_stage_can_become_a_log_of_its_own()
    {
        await Stage("stage", Segment(1, "[1]", "[2]"));
        await Refused(CommitStatus.Stale, Of(new RowWrite.Adopt("stage", "stage", 1)));
        await Stored(Of(new RowWrite.Adopt("stage", "stage", 0)));
        await Stored(Of(Lines("stage", 3, "[3]")));
        Assert.Equal(["[1]", "[2]", "[3]"], (await Read("stage")).Lines);
        await Assert.ThrowsAsync<ArgumentException>(async () => await Stage("stage", Segment(4, "[4]")));
        await Open.Rows.Discard(Here, "stage");
        Assert.Equal(3, (await Read("stage")).Lines.Length);
    }

    [Fact]
    public async Task Adopting_what_does_not_fit_is_stale_and_leaves_the_stage()
    {
        await Stored(Of(Lines("log", 1, "[1]", "[2]")));
        await Stage("stage", Segment(1, "[3]"));
        await Refused(CommitStatus.Stale, Of(new RowWrite.Adopt("log", "stage", 1)));
        await Refused(CommitStatus.Stale, Of(new RowWrite.Adopt("log", "stage", 3)));
        await Refused(CommitStatus.Stale, Of(new RowWrite.Adopt("log", "no such stage", 2)));
        await Refused(CommitStatus.Stale, Of(new RowWrite.Adopt("log", "log", 0)));
        await Refused(CommitStatus.Stale, new(There) { Rows = [new RowWrite.Adopt("log", "stage", 0)] });
        await Stored(Of(new RowWrite.Adopt("log", "stage", 2)));
        Assert.Equal(3, (await Read("log")).Lines.Length);
    }

    [Fact]
    public async Task Adopting_into_a_new_log_and_dropping_the_old_is_one_change()
    {
        await Stored(Of(Lines("old", 1, "[1]")));
        await Stage("stage", Segment(1, "[2]"));
        await Stored(Of(new RowWrite.Adopt("new", "stage", 0), new RowWrite.Drop("old")));
        Assert.Empty((await Read("old")).Lines);
        Assert.Equal(["[2]"], (await Read("new")).Lines);
    }

    [Fact]
    public async Task Segments_of_a_stage_come_in_order()
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => await Stage("stage", Segment(2, "[2]")));
        await Stage("stage", Segment(1, "[1]"));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Stage("stage", Segment(1, "[1]")));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Stage("stage", Segment(3, "[3]")));
        await Stage("stage", Segment(2, "[2]"));
        await Stored(Of(new RowWrite.Adopt("log", "stage", 0)));
        Assert.Equal(["[1]", "[2]"], (await Read("log")).Lines);
    }

    [Fact]
    public async Task A_discarded_stage_is_gone_and_its_name_free()
    {
        await Stage("stage", Segment(1, "[1]"));
        await Open.Rows.Discard(Here, "stage");
        await Open.Rows.Discard(Here, "stage");
        await Refused(CommitStatus.Stale, Of(new RowWrite.Adopt("log", "stage", 0)));
        await Stage("stage", Segment(1, "[2]"));
        await Stored(Of(new RowWrite.Adopt("log", "stage", 0)));
        Assert.Equal(["[2]"], (await Read("log")).Lines);
    }

    [Fact]
    public async Task A_dropped_log_is_invisible_at_once_and_erased_in_the_sweep()
    {
        for (var i = 1; i <= 50; i++)
        {
            await Stored(Of(Lines("log", i, $"[{i}]"), Lines("kept", i, $"[{i}]")));
        }

        await Stored(Of(new RowWrite.Drop("log")));
        Assert.Empty((await Read("log")).Lines);
        await Stored(Of(Lines("log", 1, "[new]")));
        await Open.Storage.Sweep();
        Assert.Equal(["[new]"], (await Read("log")).Lines);
        Assert.Equal(50, (await Read("kept")).Lines.Length);
        await Stored(Of(new RowWrite.Drop("no such log")));
    }

    [Fact]
    public async Task A_stage_nobody_adopts_is_given_up_in_time()
    {
        await Stage("stage", Segment(1, "[1]"));
        await Stage("adopted", Segment(1, "[1]"));
        await Stored(Of(new RowWrite.Adopt("adopted", "adopted", 0)));
        Clock.Advance(Limits.StageRetention - TimeSpan.FromMinutes(2));
        await Open.Storage.Sweep();
        await Stage("stage", Segment(2, "[2]"));
        Clock.Advance(TimeSpan.FromMinutes(2));
        await Open.Storage.Sweep();
        await Refused(CommitStatus.Stale, Of(new RowWrite.Adopt("log", "stage", 0)));
        Assert.Equal(["[1]"], (await Read("adopted")).Lines);
    }

    [Fact]
    public async Task Stages_are_there_after_a_restart()
    {
        await Stage("stage", Segment(1, "[1]"));
        await Restart();
        await Stored(Of(new RowWrite.Adopt("log", "stage", 0)));
        Assert.Equal(["[1]"], (await Read("log")).Lines);
    }
}

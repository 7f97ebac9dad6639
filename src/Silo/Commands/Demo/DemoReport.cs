using System.Text.Json;

namespace Troupe.Silo.Commands.Demo;

/// <summary>What came of the job: read back through the public routes, counted, and held against the rows and against what the receiver saw.</summary>
internal sealed class DemoReport(DemoScreen screen, DemoClient caller, string job)
{
    private readonly List<JsonElement> _records = [];

    /// <summary>Records by disposition, the largest group first.</summary>
    public IReadOnlyList<(string Disposition, int Records)> Outcomes { get; private set; } = [];

    /// <summary>Reads every record, shows them by disposition, and fails unless each row has exactly one outcome.</summary>
    public async Task Count(long rows, Receiver receiver, CancellationToken cancel)
    {
        string? cursor = null;
        do
        {
            var page = await caller.Get($"/api/v1/jobs/{job}/records?limit=100{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}", cancel);
            _records.AddRange(page.GetProperty("data").EnumerateArray());
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);

        Outcomes = [.. _records.GroupBy(Disposition).Select(g => (g.Key, g.Count())).OrderByDescending(g => g.Item2)];
        screen.Say();
        screen.Table(["disposition", "records", "share"],
            Outcomes.Select(o => (string[])[o.Disposition, $"{o.Records:N0}", $"{o.Records * 100.0 / rows:0.0} %"]));

        var once = _records.Select(r => DemoStory.Text(r, "id")).Distinct().Count();
        DemoStory.Expect(
            _records.Count == rows && once == rows,
            $"{rows} rows should have one outcome each; there are {_records.Count} outcomes of {once} records.");
        DemoStory.Expect(_records.TrueForAll(r => DemoStory.Text(r, "status") == "completed"), "Every record should be completed.");
        DemoStory.Expect(receiver.Calls.Count == rows, $"The receiver should have seen {rows} keys, and saw {receiver.Calls.Count}.");
        var again = receiver.Calls.Values.Count(times => times > 1);
        screen.Say("check", $"{rows:N0} rows, {once:N0} outcomes: each exactly once");
        screen.Say("receiver",
            $"{receiver.Calls.Count:N0} Idempotency-Keys, each seen at least once, {again:N0} more than once (retries, and calls cut off by the kill)");
    }

    /// <summary>Shows the journeys of three records with different ends.</summary>
    public async Task Journeys(CancellationToken cancel)
    {
        foreach (var record in _records.DistinctBy(Disposition).Take(3))
        {
            var full = DemoStory.Data(await caller.Get($"/api/v1/records/{DemoStory.Text(record, "id")}", cancel));
            screen.Say();
            screen.Say("journey",
                $"{DemoStory.Text(full, "id")}  {full.GetProperty("payload").EnumerateObject().Take(2).LastOrDefault().Value}  ->  {Disposition(full)}");
            screen.Table(["step", "type", "outcome", "attempt", "at"], full.GetProperty("journey").EnumerateArray().Select(Line));
        }
    }

    private static string[] Line(JsonElement step) =>
    [
        DemoStory.Text(step, "step"), DemoStory.Text(step, "type"), DemoStory.Text(step, "outcome"), step.GetProperty("attempt").ToString(),
        step.GetProperty("at").GetDateTimeOffset().ToString("HH:mm:ss.fff"),
    ];

    private static string Disposition(JsonElement record) => record.GetProperty("disposition").GetString() ?? "(none)";
}

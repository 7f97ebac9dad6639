using System.Diagnostics;
using System.Text.Json;

namespace Troupe.Silo.Commands.Demo;

/// <summary>What the demo does, in order, and through the public routes only.</summary>
internal sealed class DemoStory(DemoScreen screen, DemoServer server, Receiver receiver, DemoRows rows) : IDisposable
{
    private const int Batch = 500;
    private static readonly string[] Scopes =
        ["ingest", "trigger", "tables:read", "tables:write", "spinners:read", "spinners:write", "jobs:read", "jobs:write"];

    private DemoClient? _caller;

    /// <summary>The workspace's API key.</summary>
    public string Key { get; private set; } = "";

    /// <summary>The table's id.</summary>
    public string Table { get; private set; } = "";

    /// <summary>The table's webhook address, with its token.</summary>
    public string Webhook { get; private set; } = "";

    /// <summary>The job's id.</summary>
    public string Job { get; private set; } = "";

    /// <summary>Tries the caller's routes; there is one as soon as there is a key.</summary>
    private DemoClient Caller => _caller ??= new DemoClient(server.Address, Key);

    /// <summary>A workspace and a key, as the operator makes them.</summary>
    public async Task Open(string adminToken, CancellationToken cancel)
    {
        using var admin = new DemoClient(server.Address, adminToken);
        var workspace = Data(await admin.Post("/admin/workspaces", new { name = "Demo" }, cancel));
        var key = Data(await admin.Post($"/admin/workspaces/{Text(workspace, "id")}/keys", new { name = "demo", scopes = Scopes }, cancel));
        Key = Text(key, "key");
        screen.Say("workspace", $"{Text(workspace, "name")} ({Text(workspace, "id")}) with an API key ({Text(key, "prefix")}...)");
    }

    /// <summary>A table with every row of the file: most by CSV, the rest in batches, half of them with the key and half through the webhook.</summary>
    public async Task Fill(CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        Table = Text(Data(await Caller.Post("/api/v1/data-tables", new { name = Path.GetFileNameWithoutExtension(rows.File) }, cancel)), "id");
        await Caller.PostCsv($"/api/v1/data-tables/{Table}/import", rows.Head, cancel);
        screen.Say("import", $"{rows.HeadCount:N0} rows as CSV in {Milliseconds(clock)}");

        clock.Restart();
        var half = rows.Tail.Count / 2;
        var first = await Ingest(rows.Tail.Take(half), batch => Caller.Post("/api/v1/public/ingest", new { dataTableId = Table, records = batch }, cancel));
        screen.Say("ingest", $"{half:N0} rows in {first} batches with the key in {Milliseconds(clock)}");

        clock.Restart();
        Webhook = Text(Data(await Caller.Post($"/api/v1/data-tables/{Table}/ingest-webhook", null, cancel)), "url");
        using var anyone = new DemoClient(server.Address, null);
        var path = new Uri(Webhook).AbsolutePath;
        var second = await Ingest(rows.Tail.Skip(half), batch => anyone.Post(path, new { records = batch }, cancel));
        screen.Say("webhook", $"{rows.Tail.Count - half:N0} rows in {second} batches through the table's own address in {Milliseconds(clock)}");

        var fields = rows.Names.Take(4).ToArray();
        var table = Data(await Caller.Patch($"/api/v1/data-tables/{Table}", new { metadata_fields = fields }, cancel));
        screen.Say("table", $"{table.GetProperty("row_count").GetInt64():N0} rows; {string.Join(", ", fields)} go into a spinner's records");
        Expect(table.GetProperty("row_count").GetInt64() == rows.Count, $"The table should have {rows.Count} rows.");
    }

    /// <summary>Makes a sample spinner and publishes it. Gives its id.</summary>
    public async Task<string> Publish(string sample, CancellationToken cancel)
    {
        var spinner = Data(await Caller.Post("/api/v1/spinners", DemoSpinner.Load(sample, Table, receiver.Address, rows.Names), cancel));
        var id = Text(spinner, "id");
        await Caller.Post($"/api/v1/spinners/{id}/publish", null, cancel);
        screen.Say("spinner", $"{Text(spinner, "name")} ({id}), {spinner.GetProperty("steps").GetArrayLength()} steps, published");
        return id;
    }

    /// <summary>Triggers the spinner and follows the job to its end; on the way the server is killed and started again, if wanted.</summary>
    public async Task<JobProgress> Run(string spinner, bool crash, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        Job = Text(await Caller.Post($"/api/v1/public/trigger/{spinner}", null, cancel), "jobId");
        screen.Say("trigger", $"job {Job}");
        JobProgress? last = null;
        await screen.Watch(rows.Count, async show =>
        {
            await foreach (var job in JobWatch.Follow(server.Address, Key, Job, cancel))
            {
                show(last = job);
                if (crash && !job.Over && (job.Ended + job.Waiting) * 10 >= job.Total * 4)
                {
                    crash = false;
                    await Crash(job, cancel);
                }
            }
        });
        if (crash)
        {
            screen.Say("kill -9", "left out: the job was over before it was in the middle");
        }

        Expect(last!.Status == "completed", $"The job should be completed, and is {last.Status}.");
        screen.Say("job", $"{last.Status}: {last.Ended:N0} records in {clock.Elapsed.TotalSeconds:0.0} s, {last.Failed:N0} failed");
        return last;
    }

    public void Dispose() => _caller?.Dispose();

    /// <summary>Fails the demo unless something holds.</summary>
    public static void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new DemoFailure(otherwise);
        }
    }

    /// <summary>The resource in an answer of the workspace family.</summary>
    public static JsonElement Data(JsonElement answer) => answer.GetProperty("data");

    /// <summary>A member that is a string.</summary>
    public static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private async Task Crash(JobProgress job, CancellationToken cancel)
    {
        var old = server.ProcessId;
        await server.Kill();
        screen.Say("kill -9", $"process {old}, with {job.Ended:N0} records ended and {job.Waiting:N0} waiting");
        var ready = await server.Start(cancel);
        screen.Say("restart", $"process {server.ProcessId} on the same data, ready after {ready.TotalSeconds:0.0} s");
    }

    private static async Task<int> Ingest(IEnumerable<Dictionary<string, string>> records, Func<Dictionary<string, string>[], Task<JsonElement>> send)
    {
        var batches = 0;
        foreach (var batch in records.Chunk(Batch))
        {
            var answer = await send(batch);
            Expect(answer.GetProperty("inserted").GetInt32() == batch.Length, $"A batch of {batch.Length} was answered with {answer}.");
            batches++;
        }

        return batches;
    }

    private static string Milliseconds(Stopwatch clock) => $"{clock.ElapsedMilliseconds:N0} ms";
}

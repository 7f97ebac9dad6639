using System.Diagnostics;
using System.Text;
using Xunit.Abstractions;

namespace Troupe.Spinners.Tests;

public class PipelineCostTests(ITestOutputHelper output)
{
    /// <summary>A local record costs its body and its result, and no async machinery. The bound on memory is exact enough to notice one stray object per step;
    /// the bound on time is loose, since the machine is shared.</summary>
    [Fact]
    public async Task A_local_record_is_cheap()
    {
        const int Rounds = 20_000;
        var pipeline = Pipeline.Compile(
            Rig.Define(
                "[{'id':'greet','type':'set','fields':{'message':'Hello {{name}}'},'next':'which'},{'id':'which','type':'decision','branches':[{'when':'payload.score >= 80','label':'hot','next':'hot'}],'otherwise':'cold'},{'id':'hot','type':'tag','disposition':'hot'},{'id':'cold','type':'tag','disposition':'cold'}]"),
            ["account_id", "name", "email", "country", "score"], []);
        var row = Encoding.UTF8.GetBytes("""["acc_000017","Ada Lovelace","ada@example.org","GB","93"]""");
        var run = new RecordRun("ws", "job_1", "rec_1_7", "spn_1", row);
        var ports = new ScriptedPorts();
        var length = (await pipeline.Run(run, ports, default)).Body.Length;
        await Time(pipeline, run, ports, Rounds); // warm

        var before = GC.GetAllocatedBytesForCurrentThread();
        var best = double.MaxValue;
        for (var repeat = 0; repeat < 5; repeat++)
        {
            best = Math.Min(best, await Time(pipeline, run, ports, Rounds));
        }

        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (5.0 * Rounds);
        output.WriteLine($"{best:0.00} µs and {bytes:0} bytes a record; the stored body has {length} bytes.");
        Assert.InRange(bytes, length, length + 200);
        Assert.InRange(best, 0, 100);
    }

    private static async Task<double> Time(Pipeline pipeline, RecordRun run, ScriptedPorts ports, int rounds)
    {
        var started = Stopwatch.GetTimestamp();
        for (var round = 0; round < rounds; round++)
        {
            var answer = pipeline.Run(run, ports, default);
            Assert.True(answer.IsCompletedSuccessfully);
            await answer; // done already: no state machine is made
        }

        return Stopwatch.GetElapsedTime(started).TotalMicroseconds / rounds;
    }
}

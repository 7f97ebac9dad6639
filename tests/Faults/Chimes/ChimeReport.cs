using System.Threading.Channels;

namespace Troupe.Tests;

/// <summary>Tells the test which chimes have rung, many in one request, and each ringer only once the test has heard it.</summary>
public sealed class ChimeReport : IAsyncDisposable
{
    private const int Most = 1_000;
    private readonly Channel<(string Key, TaskCompletionSource Heard)> _rung = Channel.CreateUnbounded<(string, TaskCompletionSource)>();
    private readonly HttpClient _tower;
    private readonly Task _telling;

    /// <summary>Reports to this address.</summary>
    public ChimeReport(Uri tower)
    {
        _tower = new() { BaseAddress = tower };
        _telling = TellAll();
    }

    /// <summary>Ends once the test has heard it.</summary>
    public Task Tell(string key)
    {
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _rung.Writer.TryWrite((key, heard));
        return heard.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _rung.Writer.TryComplete();
        await _telling;
        _tower.Dispose();
    }

    private async Task TellAll()
    {
        List<(string Key, TaskCompletionSource Heard)> some = [];
        while (await _rung.Reader.WaitToReadAsync())
        {
            while (some.Count < Most && _rung.Reader.TryRead(out var one))
            {
                some.Add(one);
            }

            try
            {
                using var text = new StringContent(string.Join('\n', some.Select(one => one.Key)));
                using var answer = await _tower.PostAsync("/", text);
                answer.EnsureSuccessStatusCode();
                some.ForEach(one => one.Heard.SetResult());
            }
            catch (HttpRequestException e)
            {
                some.ForEach(one => one.Heard.SetException(e)); // the reminder is tried again
            }

            some.Clear();
        }
    }
}

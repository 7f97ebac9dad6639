namespace Troupe.Runtime.Tests;

/// <summary>A grain with reminders. What its ticks do goes by its key: <c>holding</c> waits at the gate <c>hold</c>, <c>registers-…</c> asks for 5 s anew,
/// <c>ends</c> unregisters, <c>fails-…</c> throws three times, or always.</summary>
public interface ICalled : IGrainWithStringKey
{
    Task Remind(string name, TimeSpan due, TimeSpan period);

    Task RemindTwice(string name, TimeSpan first, TimeSpan second);

    Task Forget(string name);

    Task<string> Names();

    Task Settled();
}

public sealed class CalledGrain(Probe probe) : Grain, ICalled, IRemindable
{
    private int _ticks;

    private string Key => this.GetPrimaryKeyString();

    public Task Remind(string name, TimeSpan due, TimeSpan period) => this.RegisterOrUpdateReminder(name, due, period);

    public async Task RemindTwice(string name, TimeSpan first, TimeSpan second)
    {
        var both = Task.WhenAll(Remind(name, first, TimeSpan.FromMinutes(1)), Remind(name, second, TimeSpan.FromMinutes(1)));
        _ = probe["both asked"].Pass();
        await both;
    }

    public async Task Forget(string name) => await this.UnregisterReminder((await this.GetReminder(name))!);

    public async Task<string> Names() => string.Join(' ', (await this.GetReminders()).Select(reminder => reminder.ReminderName).Order());

    public Task Settled() => Task.CompletedTask;

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        var (first, now) = (new DateTimeOffset(status.FirstTickTime), new DateTimeOffset(status.CurrentTickTime));
        var many = Key.StartsWith("many", StringComparison.Ordinal);
        probe.Note($"{Key} {reminderName} first {first:O} period {status.Period} now {now:O}");
        _ticks = many ? 1 : probe.Log.Count(line => line.StartsWith($"{Key} {reminderName} ", StringComparison.Ordinal));
        switch (Key.Split('-')[0])
        {
            case "many":
                using (probe.Enter())
                {
                    await probe["many"].Pass();
                }

                break;
            case "holding":
                _ = probe[$"{Key} {reminderName} {_ticks}"].Pass();
                await probe["hold"].Pass();
                break;
            case "registers":
                await this.RegisterOrUpdateReminder(reminderName, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1));
                break;
            case "ends":
                await this.UnregisterReminder((await this.GetReminder(reminderName))!);
                break;
        }

        _ = probe[$"{Key} {reminderName} {_ticks}"].Pass();
        if (Key.StartsWith("fails", StringComparison.Ordinal) && (_ticks <= 3 || Key.Contains("always", StringComparison.Ordinal)))
        {
            throw new InvalidOperationException("failed");
        }
    }
}

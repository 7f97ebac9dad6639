using Microsoft.Extensions.Logging;

namespace Troupe.Runtime;

/// <summary>What the runtime logs: only faults that no caller learns of.</summary>
internal static partial class RuntimeLog
{
    [LoggerMessage(1, LogLevel.Error, "{Grain}: code that nobody awaits threw.")]
    internal static partial void TurnFailed(this ILogger log, GrainId grain, Exception fault);

    [LoggerMessage(2, LogLevel.Error, "{Grain}: the one-way call {Method} failed.")]
    internal static partial void OneWayFailed(this ILogger log, GrainId grain, string method, Exception fault);

    [LoggerMessage(3, LogLevel.Warning, "{Grain}: activation failed; the next call tries again.")]
    internal static partial void ActivationFailed(this ILogger log, GrainId grain, Exception fault);

    [LoggerMessage(4, LogLevel.Error, "{Grain}: deactivation failed; the activation is gone all the same.")]
    internal static partial void DeactivationFailed(this ILogger log, GrainId grain, Exception fault);

    [LoggerMessage(5, LogLevel.Error, "{Grain}: a timer's tick failed; the timer goes on.")]
    internal static partial void TickFailed(this ILogger log, GrainId grain, Exception fault);

    [LoggerMessage(6, LogLevel.Error, "The runtime's pulse failed once; it goes on.")]
    internal static partial void PulseFailed(this ILogger log, Exception fault);

    [LoggerMessage(7, LogLevel.Warning, "The node stopped before {Count} activations were done.")]
    internal static partial void StoppedEarly(this ILogger log, int count);

    [LoggerMessage(8, LogLevel.Warning, "{Grain}: reminder {Name} failed; it is due again at {Due}.")]
    internal static partial void ReminderFailed(this ILogger log, GrainId grain, string name, DateTimeOffset due, Exception fault);

    [LoggerMessage(9, LogLevel.Error, "The reminder table can't be {Verb}; trying again in {Seconds} s.")]
    internal static partial void ReminderTableFailed(this ILogger log, string verb, double seconds, Exception fault);

    [LoggerMessage(10, LogLevel.Warning, "{Grain}: its partition leaves and it has not ended after {Seconds} s; it is given up.")]
    internal static partial void TurnsAbandoned(this ILogger log, GrainId grain, double seconds);

    [LoggerMessage(20, LogLevel.Warning, "The lease table can't be reached; trying again in {Seconds} s.")]
    internal static partial void LeaseTableFailed(this ILogger log, double seconds, Exception fault);

    [LoggerMessage(21, LogLevel.Information, "The lease table answers again after {Failures} failures.")]
    internal static partial void LeaseTableAnswers(this ILogger log, int failures);

    [LoggerMessage(22, LogLevel.Error, "The lease could not be renewed in time: {Count} partitions are given up until it is.")]
    internal static partial void LeaseLapsed(this ILogger log, int count);

    [LoggerMessage(23, LogLevel.Information, "{Gained} partitions gained and {Lost} given up; {Owned} owned.")]
    internal static partial void PartitionsMoved(this ILogger log, int gained, int lost, int owned);

    [LoggerMessage(24, LogLevel.Information, "Node {Node} joined.")]
    internal static partial void NodeJoined(this ILogger log, string node);

    [LoggerMessage(25, LogLevel.Information, "Node {Node} is gone.")]
    internal static partial void NodeGone(this ILogger log, string node);

    [LoggerMessage(26, LogLevel.Warning, "The database connection does not keep a session (a transaction pooler?): a dead node is noticed by its lease only.")]
    internal static partial void Unguarded(this ILogger log);
}

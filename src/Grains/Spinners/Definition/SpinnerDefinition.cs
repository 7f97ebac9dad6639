namespace Troupe.Spinners;

/// <summary>What a run needs of a spinner: the part that publishing freezes as a version.</summary>
/// <param name="Start">Id of the first step.</param>
/// <param name="Steps">The steps; order matters to readers only.</param>
/// <param name="Concurrency">Records in flight at a time over all lanes, 1 to <see cref="Limits.SpinnerConcurrency"/>.</param>
/// <param name="RatePerSecond">Records started per second at most; null for no limit.</param>
/// <param name="TableId">The data table whose rows are run.</param>
public sealed record SpinnerDefinition(string Start, IReadOnlyList<Step> Steps, int Concurrency, double? RatePerSecond, string TableId = "");

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Troupe.Spinners;

/// <summary>A spinner as callers write it. Every member may be absent, which in a change means "as it was"; null means the default.</summary>
public sealed record SpinnerDraft
{
    /// <summary>The name; required at creation.</summary>
    public Patch<string> Name { get; init; }

    /// <summary>The data table; must be known before publishing.</summary>
    public Patch<string> TableId { get; init; }

    /// <summary>Records in flight at a time.</summary>
    public Patch<int?> Concurrency { get; init; }

    /// <summary>Records started per second at most; null for no limit.</summary>
    public Patch<double?> RatePerSecond { get; init; }

    /// <summary>Id of the first step; null for the first in the list.</summary>
    public Patch<string> Start { get; init; }

    /// <summary>The list of steps. Raw, so that <see cref="StepReader"/> can name the step of every problem.</summary>
    public Patch<JsonElement?> Steps { get; init; }
}

/// <summary>A pipeline of steps that is run for the rows of a table: the draft, and what is known of its published version.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="TableId">The data table; null while not chosen.</param>
/// <param name="Concurrency">Records in flight at a time.</param>
/// <param name="RatePerSecond">Records started per second at most; null for no limit.</param>
/// <param name="Start">Id of the first step; null for the first in the list.</param>
/// <param name="Steps">The steps of the draft; empty while it has none.</param>
/// <param name="PublishedVersion">Number of the last published version; 0 before the first.</param>
/// <param name="PublishedAt">When it was published.</param>
/// <param name="Schedule">When runs start by themselves; null for never.</param>
/// <param name="NextRunAt">When the schedule is due next; null without one.</param>
/// <param name="LastRefusal">Why the last due run could not start; null when it did.</param>
public sealed record Spinner(
    string Name,
    string? TableId,
    int Concurrency,
    double? RatePerSecond,
    string? Start,
    IReadOnlyList<Step> Steps,
    int PublishedVersion = 0,
    DateTimeOffset? PublishedAt = null,
    SpinnerSchedule? Schedule = null,
    DateTimeOffset? NextRunAt = null,
    string? LastRefusal = null) : IResource<Spinner, SpinnerDraft>
{
    private static readonly Spinner Empty = new("", null, Limits.SpinnerConcurrencyDefault, null, null, []);

    /// <inheritdoc/>
    public static Kind Kind => new("spinner", "spn");

    /// <inheritdoc/>
    public static Facet<Spinner>[] Facets => [new("name", s => s.Name), new("table_id", s => s.TableId)];

    /// <inheritdoc/>
    public static Func<Spinner, string?>[] Search => [s => s.Name];

    /// <summary>What publishing would freeze now.</summary>
    [JsonIgnore]
    public SpinnerDefinition Definition => new(Start ?? (Steps.Count > 0 ? Steps[0].Id : ""), Steps, Concurrency, RatePerSecond, TableId ?? "");

    static Outcome<Spinner> IResource<Spinner, SpinnerDraft>.Create(SpinnerDraft draft, Act act) => Create(draft);

    Outcome<Spinner> IResource<Spinner, SpinnerDraft>.Change(SpinnerDraft draft, Act act) => Change(draft);

    /// <summary>Decides a new spinner.</summary>
    public static Outcome<Spinner> Create(SpinnerDraft draft) => Empty.Change(draft);

    /// <summary>Decides another draft; what is published stays.</summary>
    public Outcome<Spinner> Change(SpinnerDraft draft)
    {
        var errors = new List<FieldError>();
        var steps = draft.Steps.Given ? StepReader.Read(draft.Steps.Value, errors) : Steps;
        var next = this with
        {
            Name = draft.Name.Or(Name)?.Trim() ?? "",
            TableId = draft.TableId.Or(TableId),
            Concurrency = draft.Concurrency.Or(Concurrency) ?? Limits.SpinnerConcurrencyDefault,
            RatePerSecond = draft.RatePerSecond.Or(RatePerSecond),
            Start = draft.Start.Or(Start),
            Steps = steps,
        };

        if (next.Name.Length is 0 or > Limits.NameLength)
        {
            errors.Add(new("name", $"A name has 1 to {Limits.NameLength} characters."));
        }

        var seen = errors.Select(e => e.Field).ToHashSet(StringComparer.Ordinal); // what could not be read needs no second complaint
        errors.AddRange(DefinitionRules.Check(next.Definition).Where(e => !seen.Contains(e.Field) && !(seen.Contains("steps") && e.Field is "start")));
        return errors.Count == 0 ? next : Failure.Invalid(errors);
    }

    /// <summary>Publishes the draft as the next version; each publishing counts on [ingest-api.md section 7.1]. Refused while table or steps are
    /// missing.</summary>
    public Outcome<Spinner> Publish(DateTimeOffset now)
    {
        var errors = new List<FieldError>();
        if (TableId is null)
        {
            errors.Add(new("table_id", "Choose a data table before publishing."));
        }

        if (Steps.Count == 0)
        {
            errors.Add(new("steps", "A spinner needs at least one step before it can be published."));
        }

        return errors.Count == 0 ? this with { PublishedVersion = PublishedVersion + 1, PublishedAt = Time.Milliseconds(now) } : Failure.Invalid(errors);
    }

    /// <summary>Sets when runs start by themselves. Refused before the first publishing: there would be nothing to run.</summary>
    public Outcome<Spinner> SetSchedule(SpinnerSchedule schedule, DateTimeOffset now)
    {
        if (PublishedVersion == 0)
        {
            return Failure.Conflict("spinner_unpublished", "Publish the spinner before it is scheduled.");
        }

        var plan = CronPlan.Parse(schedule.Cron, schedule.TimeZone);
        return plan.Ok ? this with { Schedule = schedule, NextRunAt = plan.Value.Next(now), LastRefusal = null } : plan.Failure;
    }

    /// <summary>A due run was dealt with: the next is the first after now, however many were missed.</summary>
    /// <param name="now">Now.</param>
    /// <param name="refusal">Why it could not start; null when it did or was left out.</param>
    public Spinner Ticked(DateTimeOffset now, string? refusal) => Schedule is null
        ? this
        : this with { NextRunAt = CronPlan.Parse(Schedule.Cron, Schedule.TimeZone).Value!.Next(now), LastRefusal = refusal };

    /// <summary>Removes the schedule; without one this is a no-op.</summary>
    public Spinner ClearSchedule() => Schedule is null ? this : this with { Schedule = null, NextRunAt = null, LastRefusal = null };
}

using System.Text.Json;
using System.Text.RegularExpressions;

namespace Troupe.Identity;

/// <summary>What an operator says of a workspace; in a change, absent members mean "as it was".</summary>
/// <param name="Name">For people.</param>
/// <param name="Slug">Short name in addresses, unique; made from the name when absent. Never changes.</param>
/// <param name="Plan">The plan; <see cref="Identity.Plan.SelfHosted"/> when absent.</param>
/// <param name="Modules">What is switched on; all modules when absent.</param>
public sealed record WorkspaceDraft(string? Name, string? Slug, Plan? Plan, IReadOnlyList<string>? Modules);

/// <summary>Another plan, limits of one's own beside the plan's, or both. Absent limits are the plan's.</summary>
/// <param name="Plan">The plan; absent means the present one.</param>
/// <param name="Limits">Limits apart from the plan, by <see cref="PlanLimits.Names"/>; null lifts a limit. Replaces what was set before.</param>
public sealed record PlanDraft(Plan? Plan, IReadOnlyDictionary<string, long?>? Limits);

/// <summary>A tenant: everything a key can reach belongs to one workspace.</summary>
/// <param name="Name">For people.</param>
/// <param name="Slug">Short name in addresses, unique.</param>
/// <param name="Plan">What it pays for.</param>
/// <param name="OwnLimits">Limits set apart from the plan, by <see cref="PlanLimits.Names"/>; null is unlimited.</param>
/// <param name="Modules">What is switched on.</param>
/// <param name="Meters">What it has used.</param>
public sealed partial record Workspace(
    string Name, string Slug, Plan Plan, IReadOnlyDictionary<string, long?> OwnLimits, IReadOnlyList<string> Modules, Meters Meters) : IRecord<Workspace>
{
    /// <inheritdoc/>
    public static Kind Kind => new("workspace", "wrk");

    /// <inheritdoc/>
    public static Facet<Workspace>[] Facets { get; } = [new("slug", workspace => workspace.Slug, Unique: true)];

    /// <inheritdoc/>
    public static Func<Workspace, string?>[] Search { get; } = [workspace => workspace.Name, workspace => workspace.Slug];

    /// <summary>Decides a new workspace.</summary>
    public static Outcome<Workspace> Create(WorkspaceDraft draft)
    {
        var slug = draft.Slug ?? Slugify(draft.Name ?? "");
        var made = new Workspace(draft.Name?.Trim() ?? "", slug, draft.Plan ?? Plan.SelfHosted, new Dictionary<string, long?>(0),
            draft.Modules ?? Scopes.Modules, Meters.None);
        return made.Checked();
    }

    /// <summary>Decides another name or other modules.</summary>
    public Outcome<Workspace> Change(WorkspaceDraft draft) =>
        draft.Slug is not null && draft.Slug != Slug ? Failure.Invalid(nameof(draft.Slug), "A slug stays for good; make a new workspace instead.")
        : draft.Plan is not null && draft.Plan != Plan ? Failure.Invalid(nameof(draft.Plan), "The plan has a route of its own: PUT …/plan.")
        : (this with { Name = draft.Name?.Trim() ?? Name, Modules = draft.Modules ?? Modules }).Checked();

    /// <summary>Decides another plan. The limits set apart from the old plan end unless they are set anew.</summary>
    public Outcome<Workspace> SetPlan(PlanDraft draft)
    {
        if (draft.Plan is null && draft.Limits is null)
        {
            return Failure.Invalid(nameof(draft.Plan), "Say a plan, limits, or both.");
        }

        var own = draft.Limits ?? new Dictionary<string, long?>(0);
        var wrong = own.Where(limit => Refuse(limit.Key, limit.Value) is not null)
            .Select(limit => new FieldError($"$.limits.{limit.Key}", Refuse(limit.Key, limit.Value)!)).ToArray();
        return wrong.Length > 0 ? Failure.Invalid(wrong) : this with { Plan = draft.Plan ?? Plan, OwnLimits = own };
    }

    /// <summary>What the workspace may use.</summary>
    public PlanLimits Allowed() => PlanLimits.Of(Plan).With(OwnLimits);

    /// <summary>Takes amounts from the plan, all or none.</summary>
    public Outcome<Workspace> Charge(IReadOnlyList<Usage> usage, DateTimeOffset now)
    {
        var meters = Meters;
        foreach (var part in usage)
        {
            var used = meters.At(part.Meter, now);
            if (Allowed().For(part.Meter) is { } limit && part.Amount > Math.Max(0, limit - used))
            {
                return Full(part, used, limit);
            }

            meters = meters.Add(part, now);
        }

        return this with { Meters = meters };
    }

    /// <summary>Gives capacity back; monthly meters stay as they are.</summary>
    public Workspace Release(IReadOnlyList<Usage> usage, DateTimeOffset now) =>
        this with
        {
            Meters = usage.Where(part => !Meters.IsMonthly(part.Meter))
            .Aggregate(Meters, (meters, part) => meters.Add(part with { Amount = -part.Amount }, now))
        };

    private Failure Full(Usage wanted, long used, long limit)
    {
        var resource = wanted.Meter switch
        {
            Meter.Spinners => "Spinner",
            Meter.Tables => "Data table",
            Meter.Keys => "API key",
            Meter.JobsPerMonth => "Monthly jobs",
            _ => "Monthly record/spin",
        };
        var (meter, plan) =
            (JsonNamingPolicy.SnakeCaseLower.ConvertName(wanted.Meter.ToString()), JsonNamingPolicy.SnakeCaseLower.ConvertName(Plan.ToString()));
        return new Failure(Refusal.Forbidden, "plan_limit", $"{resource} limit reached on the {plan} plan ({used}/{limit}). Upgrade to continue.")
            .With("meter", meter).With("plan", plan).With("used", used).With("limit", limit).With("requested", wanted.Amount);
    }

    private Outcome<Workspace> Checked()
    {
        List<FieldError> wrong = [];
        if (Name.Length is 0 or > Limits.NameLength)
        {
            wrong.Add(new(nameof(Name), $"A name has 1 to {Limits.NameLength} characters."));
        }

        if (!SlugForm().IsMatch(Slug))
        {
            wrong.Add(new(nameof(Slug), "A slug has 1 to 63 of a-z, 0-9 and hyphens, and begins and ends with a letter or digit."));
        }

        wrong.AddRange(Modules.Where(module => !Scopes.Modules.Contains(module))
            .Select(module => new FieldError(nameof(Modules), $"Unknown module '{module}'.")));
        return wrong.Count > 0 ? Failure.Invalid(wrong) : this;
    }

    private static string? Refuse(string name, long? value) =>
        !PlanLimits.Names.Contains(name) ? $"Unknown limit. There are: {string.Join(", ", PlanLimits.Names)}."
        : value < 0 || (value == 0 && name == PlanLimits.Names[^1]) ? "A limit is a whole number, 0 or more (requests a second: 1 or more), or null for none."
        : null;

    private static string Slugify(string name)
    {
        var slug = NoSlug().Replace(name.ToLowerInvariant(), "-").Trim('-');
        return slug.Length > 63 ? slug[..63].TrimEnd('-') : slug.Length > 0 ? slug : "workspace";
    }

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SlugForm();

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NoSlug();
}

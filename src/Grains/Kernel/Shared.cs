namespace Troupe.Kernel;

/// <summary>A body that may carry its idempotency key, for clients that cannot set a header.</summary>
public abstract record Keyed
{
    /// <summary>The same as the header <c>Idempotency-Key</c>; sent both ways they must agree.</summary>
    public string? IdempotencyKey { get; init; }
}

/// <summary>What the draft of every resource may say beside its own members.</summary>
public abstract record Draft : Keyed
{
    /// <summary>Which record an item of a bulk means; elsewhere the path says so.</summary>
    public string? Id { get; init; }

    /// <summary>The caller's own id for the record, unique within its kind.</summary>
    public Patch<string> ExternalId { get; init; }

    /// <summary>Free fields; replaced as a whole.</summary>
    public Patch<CustomFields> CustomFields { get; init; }
}

/// <summary>What every resource has beside its own members [workspace-api.md section 1.6].</summary>
public abstract record Resource
{
    /// <summary>The caller's own id for the record, unique among the live records of its kind; null without one.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Free fields, found by key and value.</summary>
    public CustomFields CustomFields { get; init; } = CustomFields.None;

    /// <summary>The agent that changed it last; null when none ever did.</summary>
    public string? LastAgentActorId { get; init; }

    /// <summary>The tags it is found by: its custom fields.</summary>
    public IReadOnlyList<string> Tags() => CustomFields.Tags();

    /// <summary>The facet of <see cref="ExternalId"/>, for the declarations of a resource.</summary>
    public static Facet<T> ByExternalId<T>() where T : Resource => new("external_id", value => value.ExternalId, Unique: true);
}

using System.Runtime.CompilerServices;

namespace Troupe.Kernel;

/// <summary>Reads the members of a draft into a record, each in its three states, and gathers what is wrong with them. A member whose
/// type is all its rule (an enumeration, a time) needs no reading: <c>draft.Status.Or(Status) ?? Status.New</c>. A member is named by the expression
/// it is read from: <c>draft.CompanyId</c> is <c>CompanyId</c>.</summary>
public sealed class Reading
{
    private readonly List<FieldError> _wrong = [];

    /// <summary>Text that must be there.</summary>
    public string Required(
        Patch<string> given, string? before, int max = Limits.NameLength, [CallerArgumentExpression(nameof(given))] string field = "")
    {
        var text = Text(given, before, max, field);
        if (string.IsNullOrEmpty(text))
        {
            Refuse(field, $"This is required: 1 to {max} characters.");
        }

        return text ?? "";
    }

    /// <summary>Text or nothing; spaces around it go, and nothing but spaces is nothing.</summary>
    public string? Text(Patch<string> given, string? before, int max = Limits.NameLength, [CallerArgumentExpression(nameof(given))] string field = "")
    {
        if (!given.Given)
        {
            return before;
        }

        var text = given.Value?.Trim();
        if (text?.Length > max)
        {
            Refuse(field, $"At most {max:N0} characters.");
        }
        else if (text?.Contains('\0', StringComparison.Ordinal) == true)
        {
            Refuse(field, "Text holds no character U+0000.");
        }

        return string.IsNullOrEmpty(text) ? null : text;
    }

    /// <summary>A mail address or nothing: something, an at sign, something, no spaces.</summary>
    public string? Email(Patch<string> given, string? before, [CallerArgumentExpression(nameof(given))] string field = "")
    {
        var text = Text(given, before, Limits.MailAddressLength, field);
        var at = text?.IndexOf('@', StringComparison.Ordinal);
        if (given.Given && text is not null && (at <= 0 || at != text.LastIndexOf('@') || at == text.Length - 1 || text.Any(char.IsWhiteSpace)))
        {
            Refuse(field, "This is not a mail address.");
        }

        return text;
    }

    /// <summary>A whole number within bounds, or nothing.</summary>
    public long? Whole(
        Patch<long?> given, long? before, long min = 0, long max = Limits.LargestWhole, [CallerArgumentExpression(nameof(given))] string field = "")
    {
        if (given.Given && (given.Value < min || given.Value > max))
        {
            Refuse(field, $"A whole number from {min} to {max}.");
        }

        return given.Or(before);
    }

    /// <summary>A currency: three capitals of ISO 4217; null goes back to the default.</summary>
    public string Currency(Patch<string> given, string before, [CallerArgumentExpression(nameof(given))] string field = "")
    {
        var text = given.Given ? given.Value ?? Limits.Currency : before;
        if (text.Length != 3 || !text.All(char.IsAsciiLetterUpper))
        {
            Refuse(field, "A currency is three capital letters: USD.");
        }

        return text;
    }

    /// <summary>Notes what is wrong with a member.</summary>
    /// <param name="field">The member; <c>draft.</c> before it goes.</param>
    /// <param name="message">What is wrong and what would be right.</param>
    public void Refuse(string field, string message) => _wrong.Add(new(field[(field.LastIndexOf('.') + 1)..], message));

    /// <summary>The record with the members every resource shares, or all that is wrong.</summary>
    public Outcome<T> Into<T>(T next, Draft draft, Act act) where T : Resource
    {
        var custom = draft.CustomFields.Given ? draft.CustomFields.Value ?? CustomFields.None : next.CustomFields;
        if (draft.CustomFields.Given && custom.Problem() is { } problem)
        {
            Refuse(nameof(draft.CustomFields), problem);
        }

        var external = Text(draft.ExternalId, next.ExternalId);
        return _wrong.Count > 0 ? Failure.Invalid(_wrong)
            : next with { ExternalId = external, CustomFields = custom, LastAgentActorId = act.By.Agent ?? next.LastAgentActorId };
    }
}

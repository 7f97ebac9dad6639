using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary>How PostgreSQL is reached: the operator's connection string, with defaults for what it leaves open.</summary>
public sealed class PostgresAddress
{
    /// <summary>Time to get a connection: to reach the server, or to wait for one of the pool, in seconds.</summary>
    public const int ConnectSeconds = 3;

    /// <summary>Time for an answer of the server, in seconds: a node cut from its database fails its calls within it.</summary>
    public const int AnswerSeconds = 5;

    /// <summary>Time for the server to confirm that it has given a statement up, in milliseconds; then the connection is dropped.</summary>
    public const int CancelMilliseconds = 500;

    /// <summary>Seconds after which an idle connection is asked whether it is still there.</summary>
    public const int KeepAliveSeconds = 10;

    /// <summary>Connections of a node, beside those of its lease.</summary>
    public const int Connections = 32;

    /// <summary>Statements a connection keeps prepared.</summary>
    public const int Prepared = 256;

    private PostgresAddress(NpgsqlConnectionStringBuilder builder) =>
        (ConnectionString, Description, HasManyHosts) = (
            builder.ConnectionString, $"PostgreSQL at {Where(builder)}/{builder.Database ?? builder.Username}", builder.Host!.Contains(','));

    /// <summary>The whole connection string, password and all.</summary>
    public string ConnectionString { get; }

    /// <summary>Host, port and database, for messages: no secret.</summary>
    public string Description { get; }

    /// <summary>Whether it names several hosts, of which the primary is wanted.</summary>
    internal bool HasManyHosts { get; }

    /// <summary>Reads <c>Host=db;Username=troupe;…</c> or <c>postgres://troupe:…@db:5432/troupe?sslmode=require</c>. Throws
    /// <see cref="FormatException"/> with what is wrong; the message holds no value, since any may be a secret.</summary>
    public static PostgresAddress Parse(string text)
    {
        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = IsUri(text) ? FromUri(text) : new(text);
        }
        catch (Exception wrong) when (wrong is ArgumentException or KeyNotFoundException or UriFormatException or FormatException)
        {
            throw new FormatException(
                "it is no connection string such as Host=db;Database=troupe;Username=troupe;Password=… or postgres://troupe:…@db:5432/troupe", wrong);
        }

        if (string.IsNullOrWhiteSpace(builder.Host))
        {
            throw new FormatException("it names no host");
        }

        Fill(builder);
        return new(builder);
    }

    /// <summary>The text with every secret masked.</summary>
    public static string Mask(string text, string mask)
    {
        if (IsUri(text))
        {
            var (begin, end) = (text.IndexOf("://", StringComparison.Ordinal) + 3, text.IndexOf('@', StringComparison.Ordinal));
            var colon = end < 0 ? -1 : text.IndexOf(':', begin, end - begin);
            var shown = colon < 0 ? text : $"{text[..(colon + 1)]}{mask}{text[end..]}";
            var query = shown.IndexOf('?', StringComparison.Ordinal);
            return query < 0 ? shown : $"{shown[..query]}?{string.Join('&', shown[(query + 1)..].Split('&').Select(part => MaskPart(part, mask)))}";
        }

        return string.Join(';', text.Split(';').Select(part => MaskPart(part, mask)));
    }

    private static string MaskPart(string part, string mask)
    {
        var key = part.Split('=')[0];
        var name = key.ToUpperInvariant().Replace(" ", "", StringComparison.Ordinal);
        return part.Length > key.Length && name is "PASSWORD" or "PWD" or "PSW" or "PASSFILE" or "SSLPASSWORD" ? $"{key}={mask}" : part;
    }

    private static bool IsUri(string text) =>
        text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    private static NpgsqlConnectionStringBuilder FromUri(string text)
    {
        var uri = new Uri(text);
        var builder = new NpgsqlConnectionStringBuilder { Host = uri.Host.Trim('[', ']') };
        if (uri.Port > 0)
        {
            builder.Port = uri.Port;
        }

        if (uri.AbsolutePath.Length > 1)
        {
            builder.Database = Uri.UnescapeDataString(uri.AbsolutePath[1..]);
        }

        var user = uri.UserInfo.Split(':', 2);
        builder.Username = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null;
        builder.Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null;
        foreach (var part in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = (part.Split('=')[0], Uri.UnescapeDataString(part[Math.Min(part.Length, part.IndexOf('=', StringComparison.Ordinal) + 1)..]));
            builder[Keyword(key)] = key == "sslmode" ? value.Replace("-", "", StringComparison.Ordinal) : value;
        }

        return builder;
    }

    /// <summary>The names that URIs have for what the driver calls otherwise.</summary>
    private static string Keyword(string key) => key switch
    {
        "sslmode" => "SSL Mode",
        "sslrootcert" => "Root Certificate",
        "sslcert" => "SSL Certificate",
        "sslkey" => "SSL Key",
        "connect_timeout" => "Timeout",
        "application_name" => "Application Name",
        _ => Uri.UnescapeDataString(key).Replace('+', ' '),
    };

    private static void Fill(NpgsqlConnectionStringBuilder builder)
    {
        Default("Application Name", "troupe");
        Default("Timeout", ConnectSeconds);
        Default("Command Timeout", AnswerSeconds);
        Default("Cancellation Timeout", CancelMilliseconds);
        Default("Keepalive", KeepAliveSeconds);
        Default("Maximum Pool Size", Connections);
        Default("Max Auto Prepare", Prepared);
        Default("Auto Prepare Min Usages", 2);
        Default("No Reset On Close", true); // the store leaves nothing behind in a session
        builder.Enlist = false;
        builder.IncludeErrorDetail = false; // details hold values of rows

        void Default(string keyword, object value)
        {
            if (!builder.ShouldSerialize(keyword))
            {
                builder[keyword] = value;
            }
        }
    }

    private static string Where(NpgsqlConnectionStringBuilder builder) => builder.Host!.StartsWith('/') ? builder.Host
        : string.Join(',', builder.Host.Split(',').Select(host => host.Contains(':', StringComparison.Ordinal) && !host.Contains("::", StringComparison.Ordinal)
            ? host : $"{host}:{builder.Port}"));
}

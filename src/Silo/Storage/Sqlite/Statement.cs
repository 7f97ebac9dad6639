using System.Buffers;
using System.Text;
using SQLitePCL;

namespace Troupe.Silo.Storage.Sqlite;

/// <summary>A prepared statement on loan: values are put in from left to right, then it is stepped, then given back by disposing.</summary>
internal sealed class Statement(Connection connection, sqlite3_stmt prepared) : IDisposable
{
    private int _next = 1;

    /// <summary>Puts in a number.</summary>
    public Statement With(long value)
    {
        connection.Check(raw.sqlite3_bind_int64(prepared, _next++, value));
        return this;
    }

    /// <summary>Puts in a number or nothing.</summary>
    public Statement With(long? value) => value is { } there ? With(there) : WithNull();

    /// <summary>Puts in a time as milliseconds since 1970.</summary>
    public Statement With(DateTimeOffset time) => With(time.ToUnixTimeMilliseconds());

    /// <summary>Puts in bytes.</summary>
    public Statement With(ReadOnlyMemory<byte> value)
    {
        // An empty span has no address, which SQLite would take for null.
        connection.Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(prepared, _next++, 0) : raw.sqlite3_bind_blob(prepared, _next++, value.Span));
        return this;
    }

    /// <summary>Puts in text or nothing.</summary>
    public Statement With(string? value)
    {
        if (value is null)
        {
            return WithNull();
        }

        if (value.Length == 0)
        {
            connection.Check(raw.sqlite3_bind_text(prepared, _next++, ""));
            return this;
        }

        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        if (most <= 512)
        {
            Span<byte> near = stackalloc byte[512];
            connection.Check(raw.sqlite3_bind_text(prepared, _next++, near[..Encoding.UTF8.GetBytes(value, near)]));
            return this;
        }

        var far = ArrayPool<byte>.Shared.Rent(most);
        connection.Check(raw.sqlite3_bind_text(prepared, _next++, far.AsSpan(0, Encoding.UTF8.GetBytes(value, far))));
        ArrayPool<byte>.Shared.Return(far);
        return this;
    }

    /// <summary>Puts in a facet value: string, long, double or null.</summary>
    public Statement WithFacet(object? value)
    {
        switch (value)
        {
            case null: return WithNull();
            case string text: return With(text);
            case long number: return With(number);
            case double number:
                connection.Check(raw.sqlite3_bind_double(prepared, _next++, number));
                return this;
            default: throw new ArgumentException($"A facet can't be a {value.GetType().Name}.", nameof(value));
        }
    }

    /// <summary>Puts in facet values.</summary>
    public Statement WithFacets(object?[] values)
    {
        foreach (var value in values)
        {
            WithFacet(value);
        }

        return this;
    }

    /// <summary>Goes to the next row; false when there is none.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(prepared);
        connection.Check(code);
        return code == raw.SQLITE_ROW;
    }

    /// <summary>Runs to the end.</summary>
    public void Run()
    {
        while (Step())
        {
        }
    }

    /// <summary>Makes the statement ready for other values without giving it back.</summary>
    public void Again()
    {
        _ = raw.sqlite3_reset(prepared);
        _next = 1;
    }

    /// <summary>Whether a column of the row is null.</summary>
    public bool IsNull(int column) => raw.sqlite3_column_type(prepared, column) == raw.SQLITE_NULL;

    /// <summary>A number.</summary>
    public long Number(int column) => raw.sqlite3_column_int64(prepared, column);

    /// <summary>A time.</summary>
    public DateTimeOffset Time(int column) => DateTimeOffset.FromUnixTimeMilliseconds(Number(column));

    /// <summary>Text that is not null.</summary>
    public string Text(int column) => Encoding.UTF8.GetString(raw.sqlite3_column_blob(prepared, column));

    /// <summary>Bytes.</summary>
    public byte[] Bytes(int column) => raw.sqlite3_column_blob(prepared, column).ToArray();

    /// <summary>A facet value as it was put in.</summary>
    public object? Facet(int column) => raw.sqlite3_column_type(prepared, column) switch
    {
        raw.SQLITE_NULL => null,
        raw.SQLITE_INTEGER => Number(column),
        raw.SQLITE_FLOAT => raw.sqlite3_column_double(prepared, column),
        _ => Text(column),
    };

    /// <summary>Facet values from a column on.</summary>
    public object?[] Facets(int column, int count)
    {
        var values = new object?[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = Facet(column + i);
        }

        return values;
    }

    /// <summary>Gives the statement back. An error of the last step was thrown by it already.</summary>
    public void Dispose()
    {
        Again();
        _ = raw.sqlite3_clear_bindings(prepared);
    }

    /// <summary>Ends the statement for good.</summary>
    public void Free() => prepared.Dispose();

    private Statement WithNull()
    {
        connection.Check(raw.sqlite3_bind_null(prepared, _next++));
        return this;
    }
}

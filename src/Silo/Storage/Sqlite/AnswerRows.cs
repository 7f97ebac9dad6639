namespace Troupe.Silo.Storage.Sqlite;

/// <summary>Answers kept for idempotency keys. An answer past <see cref="Limits.AnswerRetention"/> counts as gone, swept or not.</summary>
internal static class AnswerRows
{
    /// <summary>Keeps an answer; false, with nothing written, when the key is in use.</summary>
    public static bool Write(Connection connection, string workspace, Answer answer, DateTimeOffset now)
    {
        using (var find = connection.Use("SELECT 1 FROM answers WHERE workspace = ? AND scope = ? AND key = ? AND created_at > ?"))
        {
            if (find.With(workspace).With(answer.Scope).With(answer.Key).With(now - Limits.AnswerRetention).Step())
            {
                return false;
            }
        }

        using var insert = connection.Use("INSERT OR REPLACE INTO answers (workspace, scope, key, hash, body, created_at) VALUES (?, ?, ?, ?, ?, ?)");
        insert.With(workspace).With(answer.Scope).With(answer.Key).With(answer.Hash).With(answer.Body).With(answer.Time).Run();
        return true;
    }

    /// <summary>The answers of known keys, in the order of the keys.</summary>
    public static List<Answer> Read(Connection connection, string workspace, string scope, IReadOnlyList<string> keys, DateTimeOffset now)
    {
        var answers = new List<Answer>();
        using var find = connection.Use("SELECT hash, body, created_at FROM answers WHERE workspace = ? AND scope = ? AND key = ? AND created_at > ?");
        foreach (var key in keys)
        {
            if (find.With(workspace).With(scope).With(key).With(now - Limits.AnswerRetention).Step())
            {
                answers.Add(new(scope, key, find.Bytes(0), find.Bytes(1), find.Time(2)));
            }

            find.Again();
        }

        return answers;
    }
}

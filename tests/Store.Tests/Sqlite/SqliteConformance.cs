using Troupe.Tests;

namespace Troupe.Storage.Sqlite;

public sealed class SqliteEngine : IEngine
{
    public async Task<IOpenStore> Open(IReadOnlyList<KindSchema> kinds, IReadOnlyList<LogSchema> logs, TimeProvider clock) =>
        await TempStore.Open(kinds, logs, clock);
}

public sealed class SqliteRecords() : RecordConformance(new SqliteEngine());

public sealed class SqliteCommits() : CommitConformance(new SqliteEngine());

public sealed class SqliteDirectories() : DirectoryConformance(new SqliteEngine());

public sealed class SqliteSearches() : SearchConformance(new SqliteEngine());

public sealed class SqliteEntries() : EntryConformance(new SqliteEngine());

public sealed class SqliteRowLogs() : RowConformance(new SqliteEngine());

public sealed class SqliteAnswers() : AnswerConformance(new SqliteEngine());

public sealed class SqliteOutboxes() : OutboxConformance(new SqliteEngine());

public sealed class SqliteReminderTables() : ReminderConformance(new SqliteEngine());

public sealed class SqliteDeclarations() : DeclarationConformance(new SqliteEngine());

public sealed class SqliteModels() : ModelConformance(new SqliteEngine());

public sealed class SqliteReferences() : ReferenceConformance(new SqliteEngine());

public sealed class SqliteTags() : TagConformance(new SqliteEngine());

public sealed class SqliteAudits() : AuditConformance(new SqliteEngine());

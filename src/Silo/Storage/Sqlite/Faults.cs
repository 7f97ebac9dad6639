using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Troupe.Silo.Storage.Sqlite;

/// <summary>Turns the driver's errors into the kernel's, with a sentence for the operator. Other exceptions are bugs and pass as they are.</summary>
internal static class Faults
{
    public static Exception Wrap(Exception fault) => fault is SqliteException failed ? new StoreException(Describe(failed), failed) : fault;

    private static string Describe(SqliteException failed) => failed.SqliteErrorCode switch
    {
        raw.SQLITE_FULL => "The database can't grow: the disk is full. Free some space; the store goes on by itself.",
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => $"The database file is damaged, or is not one of this program: {failed.Message}",
        raw.SQLITE_IOERR => $"The disk of the database failed: {failed.Message}",
        raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_CANTOPEN => $"The database file can't be opened or written by this user: {failed.Message}",
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => "The database is held by another program, e.g. a shell with an open transaction.",
        _ => $"The database failed: {failed.Message}",
    };
}

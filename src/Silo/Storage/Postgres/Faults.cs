using System.Net.Sockets;
using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary>Turns the driver's errors into the kernel's, with a sentence for the operator that says where and never a secret.</summary>
internal static class Faults
{
    /// <summary>State of the error that <c>troupe.expect</c> raises: what was assumed does not hold, and nothing was written.</summary>
    public const string Unexpected = "TR001";

    /// <summary>A <see cref="StoreException"/> for a fault of the database; other exceptions are bugs and pass as they are.</summary>
    public static Exception Wrap(Exception fault, string where) => fault switch
    {
        PostgresException refused => new StoreException(Describe(refused, where), fault),
        NpgsqlException or SocketException or IOException or TimeoutException => new StoreException(Describe(fault, where), fault),
        OperationCanceledException { InnerException: TimeoutException } => new StoreException(Describe(fault, where), fault),
        ObjectDisposedException => new StoreException("The store is closed.", fault),
        _ => fault,
    };

    /// <summary>The transaction was given up for what others did at the same time; nothing of it was written, and it may be tried again.</summary>
    public static bool IsConflict(PostgresException fault) => fault.SqlState
        is Unexpected or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
        or PostgresErrorCodes.LockNotAvailable;

    /// <summary>The server refused this statement for what it is: other changes of its transaction might well be stored.</summary>
    public static bool IsOfStatement(PostgresException fault) =>
        fault.Severity == "ERROR" && fault.SqlState[..2] is not ("53" or "57" or "58" or "08" or "25" or "28" or "3D" or "XX" or "42" or "26");

    private static string Describe(PostgresException fault, string where) => fault.SqlState switch
    {
        "28P01" or "28000" => $"{where} refused the user name or the password. Correct the setting Database.",
        "3D000" => $"{where} does not exist. Create it: CREATE DATABASE … OWNER <the user of the setting Database>.",
        "42501" => $"{where}: the user of the setting Database may not do this: {fault.MessageText}. Let it own the database.",
        "25006" => $"{where} is read-only: a standby, or set so. Point the setting Database at the primary.",
        "53100" => $"{where} can't grow: its disk is full. Free some space; the store goes on by itself.",
        "53200" => $"{where} is out of memory: {fault.MessageText}.",
        "53300" => $"{where} has no connection left. Raise max_connections, or lower Maximum Pool Size in the setting Database.",
        "57014" => $"{where} gave a statement up: {fault.MessageText}.",
        "57P01" or "57P02" => $"{where} ended the connection: it is stopping or restarting. The store goes on by itself.",
        "57P03" => $"{where} is starting or recovering: {fault.MessageText}. The store goes on by itself.",
        "26000" or "42P05" => $"{where} is behind a pooler that does not keep prepared statements. Add Max Auto Prepare=0 to the setting Database.",
        "42P01" or "3F000" => $"{where} lacks tables of the store: {fault.MessageText}. Was it restored or changed while the program ran? Start it again.",
        Unexpected => $"{where}: others kept changing the same records; nothing was written.",
        _ => $"{where} failed: {fault.MessageText} ({fault.SqlState}).",
    };

    private static string Describe(Exception fault, string where) => Innermost(fault) switch
    {
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => $"{where} can't be reached: nothing listens there.",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } =>
            $"{where} can't be reached: its host has no address.",
        SocketException closed => $"{where} can't be reached, or cut the connection: {closed.Message}.",
        TimeoutException => $"{where} did not answer in time.",
        EndOfStreamException or IOException => $"{where} cut the connection.",
        var other => $"{where} failed: {other.Message}",
    };

    private static Exception Innermost(Exception fault)
    {
        while (fault.InnerException is { } inner)
        {
            fault = inner;
        }

        return fault;
    }
}

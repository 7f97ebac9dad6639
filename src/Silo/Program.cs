using Troupe.Silo.Commands;

namespace Troupe.Silo;

internal static class Program
{
    private static Task<int> Main(string[] args) => CommandLine.Run(args, new Terminal(Console.Out, Console.Error));
}

using Troupe.Tables;

namespace Troupe.Tests.Tables;

/// <summary>Alone, for it measures the memory of the process.</summary>
[Collection(nameof(LargeFileTests))]
[CollectionDefinition(nameof(LargeFileTests), DisableParallelization = true)]
public class LargeFileTests
{
    private const int Line = 82;

    [Fact]
    public async Task A_file_of_half_a_gibibyte_takes_no_more_memory_than_its_beginning()
    {
        const long lines = 512L * 1024 * 1024 / Line;
        var line = "12345,Ada Lovelace,\"a note, with a comma, and text \"\"in quotes\"\" to make it long\"\n"u8.ToArray();
        Assert.Equal(Line, line.Length);
        await using var file = new EndlessStream("id,name,note\n"u8.ToArray(), line, 13 + (lines * Line));
        Column[] columns = [new("id", ColumnType.Int), new("name"), new("note")];
        using var import = new CsvImport(new StageStore { Forget = true }, TimeProvider.System, "wrk_1", new(ImportMode.First, 1, columns, "stage"));
        var (told, held) = (0, new List<long>());

        var staged = await import.Run(file, 0, progress =>
        {
            if (++told % 64 == 1)
            {
                held.Add(GC.GetTotalMemory(forceFullCollection: true));
            }

            return ValueTask.CompletedTask;
        }, default);

        Assert.Equal(lines, staged.Value!.Count);
        Assert.InRange(told, 400, 512);
        Assert.InRange(held.Max() - held[0], long.MinValue, 1024 * 1024);
    }
}

using Troupe.Crm;
using Troupe.Identity;
using Troupe.Jobs;
using Troupe.Spinners;
using Troupe.Tables;

namespace Troupe;

/// <summary>Everything the product is made of, by name: no assembly is scanned. A new resource adds a line to each list that concerns it.</summary>
public static class Catalog
{
    /// <summary>Grain interfaces and the classes behind them. A class with several interfaces has a line for each.</summary>
    public static IReadOnlyList<(Type Interface, Type Class)> Grains { get; } =
    [
        (typeof(IWorkspaceGrain), typeof(WorkspaceGrain)),
        (typeof(IApiKeyGrain), typeof(ApiKeyGrain)),
        (typeof(IUsageGrain), typeof(UsageGrain)),
        (typeof(ISpinnerGrain), typeof(SpinnerGrain)),
        (typeof(IJobGrain), typeof(JobGrain)),
        (typeof(IJobLaneGrain), typeof(JobLaneGrain)),
        (typeof(IDataTableGrain), typeof(DataTableGrain)),
        (typeof(ITableSource), typeof(DataTableGrain)),
        (typeof(ICompanyGrain), typeof(CompanyGrain)),
        (typeof(IContactGrain), typeof(ContactGrain)),
        (typeof(ILeadGrain), typeof(LeadGrain)),
        (typeof(IDealPipelineGrain), typeof(DealPipelineGrain)),
        (typeof(IDealStageGrain), typeof(DealStageGrain)),
        (typeof(IDealGrain), typeof(DealGrain)),
    ];

    /// <summary>Kinds of records, for the store.</summary>
    public static IReadOnlyList<KindSchema> Kinds { get; } =
    [
        KindSchema.Of<Workspace>(),
        KindSchema.Of<ApiKey>(),
        KindSchema.Of<UsageDay>(),
        KindSchema.Of<Spinner>(),
        KindSchema.Of<Job>(),
        KindSchema.Of<JobLane>(),
        KindSchema.Of<DataTable>(),
        KindSchema.Of<Company>(),
        KindSchema.Of<Contact>(),
        KindSchema.Of<Lead>(),
        KindSchema.Of<DealPipeline>(),
        KindSchema.Of<DealStage>(),
        KindSchema.Of<Deal>(),
    ];

    /// <summary>Logs, for the store.</summary>
    public static IReadOnlyList<LogSchema> Logs { get; } =
    [
        SpinnerVersions.Log,
        JobPlan.Log,
        RecordLog.Schema,
    ];
}

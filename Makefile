# Everything a developer does here, by name. `make` alone prints this list.
# ARGS goes to the program behind a target: make demo ARGS=--keep, make run ARGS="serve --urls http://localhost:8080"

SDK     := 10.0
CONFIG  ?= Release
ARGS    ?=
TROUPE  := dotnet src/Silo/bin/$(CONFIG)/net10.0/troupe.dll
export DOTNET_NOLOGO := 1
export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_CLI_UI_LANGUAGE := en

.DEFAULT_GOAL := help
.PHONY: help sdk setup build run cluster demo test lint bench ci clean routes

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

sdk:
	@bash .ci/sdk $(SDK)

setup: sdk ## Check the .NET SDK and fetch the packages
	@dotnet restore Actors.sln -v q
	@echo "Ready: .NET SDK $$(dotnet --version), packages restored. Try: make demo"

build: sdk ## Build everything; warnings are errors
	@dotnet build Actors.sln -c $(CONFIG) -v q

run: sdk ## Serve on http://localhost:3000 with the data in ./data (Ctrl+C stops it)
	@dotnet build src/Silo -c $(CONFIG) -v q
	@$(TROUPE) $(or $(ARGS),serve)

cluster: sdk ## Three nodes on one PostgreSQL behind a proxy; ARGS=status, restart or stop asks a running one
	@[ -n "$(filter status restart stop,$(ARGS))" ] || dotnet build src/Silo -c $(CONFIG) -v q
	@TROUPE_PROGRAM="$(or $(TROUPE_PROGRAM),$(TROUPE))" bash deploy/cluster $(ARGS)

demo: sdk ## Rows in over HTTP, a spinner over them as a job, an outcome for each, a crash survived
	@dotnet build src/Silo -c $(CONFIG) -v q
	@$(TROUPE) demo $(ARGS)

test: sdk ## Build once and run every test; the last line is "N passed, N failed"
	@bash tests/run $(CONFIG)

lint: sdk ## Compiler and analyzers, white space, and the rules of the house
	@bash .ci/lint $(CONFIG)

bench: sdk ## Measure against bare baselines and print the ratios
	@dotnet run -c Release --project bench -- $(or $(ARGS),all)

ci: ## What CI runs: lint and test from a clean start
	@bash .ci/run

routes: sdk ## Rewrite docs/reference/routes.txt from the running application
	@TROUPE_WRITE_ROUTES=1 dotnet test tests/House.Tests -c $(CONFIG) -v q --filter FullyQualifiedName~RouteTests

clean: ## Remove build output (data is kept)
	@find src tests bench -depth -type d \( -name bin -o -name obj -o -name TestResults \) -exec rm -rf {} +
	@rm -rf artifacts

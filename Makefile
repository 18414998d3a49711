# Rounds (巡访). `make run` starts it, `make test` checks it; a bare machine with Rust, Node and git is enough for both.

PORT ?= 8080
PROFILE ?= a
export PORT PROFILE

help: ## say what there is
	@sed -n 's/^\([a-z-]*\): .*## \(.*\)/make \1	\2/p' Makefile

run: ## the demo city on http://localhost:8080, then the inspectors' app
	@scripts/run.sh

app: ## the inspectors' app alone; PROFILE=b is a second inspector
	@scripts/app.sh

test: ## everything that can be checked
	@scripts/test.sh

sim: ## many devices, one server and every fault, from seeds: SEEDS=20000, or SEED=7 to see one again
	@cargo run --quiet --profile sim -p rounds-simulation -- $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),1000))

torture: ## real processes, killed, starved of room and cut off: KILLS=200 of each, SEED=7 for the same decisions again
	@cargo build --quiet -p rounds-torture
	@$${CARGO_TARGET_DIR:-target}/debug/rounds-torture --kills $(or $(KILLS),200) $(if $(SEED),--seed $(SEED))

bench: console client ## the figures, beside those of what people would use instead; ONLY=push_ratio for one of them
	@cargo run --quiet --release -p rounds-bench -- $(if $(ONLY),--only $(ONLY))

hostile: ## what judging every hostile envelope costs, in processor time and memory
	@cargo run --quiet --release -p rounds-hostile

check-android: ## the whole app type-checked for Android, without its SDK; on Debian, a few minutes the first time
	@scripts/check-android.sh

fuzz: ## every fuzzer for a minute; SECONDS=5, TARGET=payload for one of them
	@scripts/fuzz.sh $(or $(SECONDS),60) $(TARGET)

screens: console client ## pictures of every screen of both apps, into screens/: APP=app for one of them
	cargo build --quiet -p rounds-server -p rounds-app --bins --examples
	npm exec -w tests/e2e -- playwright test -c screens.config.ts $(APP)

format: modules ## put every file into the house's form
	cargo fmt --all
	npm run --silent format

# ---- the parts; each is made again only when something it is made of is newer

modules: node_modules/.package-lock.json
console: server/console/dist/index.html
client: client/dist/index.html

# npm writes this file last.
node_modules/.package-lock.json: package-lock.json
	npm ci --no-audit --no-fund --loglevel=error

FRONT = $(shell find $(1) -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

server/console/dist/index.html: node_modules/.package-lock.json $(call FRONT,server/console)
	npm run --silent build -w server/console -- --logLevel warn

client/dist/index.html: node_modules/.package-lock.json $(call FRONT,client/src client/public client/index.html client/vite.config.ts)
	npm run --silent build -w client -- --logLevel warn

.PHONY: help run app test screens sim torture bench hostile check-android fuzz format modules console client
.NOTPARALLEL:

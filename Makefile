# SPDX-License-Identifier: MIT
# `make help` lists the targets.

BUILD   ?= build
CC      ?= gcc
PKGS     = libmnl jansson libxml-2.0 libcrypto libpcap libnftables
WARN     = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
OPT     ?= -O2 -g
SAN     ?=
VERSION := 0.1.0

CPPFLAGS += -D_GNU_SOURCE -DMS_VERSION='"$(VERSION)"' -Iinclude -Iharness
CFLAGS   += -std=gnu11 $(WARN) $(OPT) $(SAN)
# Library paths are looked up when a recipe runs, since `make run` may install the packages first.
PKG_CFLAGS = $$(pkg-config --cflags $(PKGS))
PKG_LIBS   = $$(pkg-config --libs $(PKGS)) -lnet

PREFIX  ?= /usr/local
# What is in harness/guest are programs of their own, for guests and for those who boot them.
SRCS    := $(filter-out harness/guest/%,$(sort $(wildcard harness/*/*.c)))
MAIN    := harness/cli/main.c
OBJS    := $(SRCS:%.c=$(BUILD)/%.o)
LIBOBJS := $(filter-out $(BUILD)/$(MAIN:.c=.o),$(OBJS))
LIB     := $(BUILD)/libmptcpspec.a
BIN     := $(BUILD)/mptcpspec
UNITS   := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
LINTS   := $(patsubst tests/lint/%.c,$(BUILD)/lint/%,$(sort $(wildcard tests/lint/*.c)))
GUESTS  := $(BUILD)/static/guest-init $(patsubst harness/guest/%.c,$(BUILD)/guest-%,$(filter-out %/init.c,$(sort $(wildcard harness/guest/*.c))))
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

# The agent alone, statically linked: its layers and what `mptcpspec agent` takes of the command line. What it does not
# use is left out by the linker, with all that this would need. musl where it is there: small, and without instructions
# that a guest may lack.
STATIC_CC  ?= $(shell command -v musl-gcc || echo $(CC))
STATIC_INC := $(if $(findstring musl,$(STATIC_CC)),-idirafter /usr/include -idirafter /usr/include/$(shell $(CC) -print-multiarch))
STATIC_SRC := $(filter-out harness/agent/check%,$(foreach l,base wire topo target agent,$(wildcard harness/$(l)/*.c))) \
              harness/crypto/random.c harness/crypto/hash.c harness/cli/cmd_agent.c harness/cli/options.c \
              harness/cli/common.c $(wildcard static/*.c)
STATIC_OBJ := $(STATIC_SRC:%.c=$(BUILD)/static/%.o)
STATIC_BIN := $(BUILD)/static/mptcpspec-agent

.DELETE_ON_ERROR:
.PHONY: all agent-static run test matrix guest unit mutants fuzz bench coverage sanitize valgrind install format check-format help clean setup

all: $(BIN)

## run: set everything up, build, run the full suite and the quick scenarios against the local kernel
run: setup
	@$(MAKE) --no-print-directory all
	@$(BIN) run --quick --out reports/out --junit reports/out/junit.xml --json reports/out/results.json \
	    --ktap reports/out/results.ktap $(ARGS)

## test: set up, build, and pass the harness's own tests
test: setup
	@$(MAKE) --no-print-directory all
	@scripts/test.sh $(BUILD)

## matrix: boot other kernels, run the suite on each, and show what differs: KERNELS="6.1 6.12", OUT=DIR, ARGS for the script
matrix:
	@scripts/setup.sh --matrix
	@$(MAKE) --no-print-directory all guest
	@scripts/matrix.sh --build "$(BUILD)" $(if $(OUT),--out "$(OUT)") $(KERNELS) $(ARGS)

## guest: the programs of virtual machines
guest: $(GUESTS) $(STATIC_BIN)

setup:
	@scripts/setup.sh

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(LIBOBJS)
	@rm -f $@
	@$(AR) rcs $@ $^

$(BIN): $(BUILD)/$(MAIN:.c=.o) $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

# The first process of guests: nothing of a guest's system is there to link it with.
$(BUILD)/static/guest-init: harness/guest/init.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -static $(LDFLAGS) -o $@ $<

$(BUILD)/guest-%: harness/guest/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -o $@ $< $(LDFLAGS)

$(BUILD)/unit/%: tests/unit/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_CFLAGS) -Itests/unit -MMD -MP -o $@ $< $(LIB) $(LDFLAGS) $$(pkg-config --cflags --libs check) $(PKG_LIBS)

$(BUILD)/lint/%: tests/lint/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_CFLAGS) -Itests/unit -MMD -MP -o $@ $< $(LIB) $(LDFLAGS) $$(pkg-config --cflags --libs check) $(PKG_LIBS)

$(BUILD)/fuzz/%: tests/fuzz/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_CFLAGS) -fsanitize=fuzzer -o $@ $< $(LIB) $(PKG_LIBS)

$(BUILD)/bench/%: tests/bench/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_CFLAGS) -o $@ $< $(LIB) $(LDFLAGS) $(PKG_LIBS)

$(BUILD)/static/%.o: %.c
	@mkdir -p $(@D)
	$(STATIC_CC) $(CPPFLAGS) -std=gnu11 $(WARN) -Os -g -ffunction-sections -fdata-sections $(STATIC_INC) -MMD -MP -c -o $@ $<

$(STATIC_BIN): $(STATIC_OBJ)
	$(STATIC_CC) -static -Wl,--gc-sections -o $@.debug $^
	objcopy --strip-all $@.debug $@

## agent-static: build the agent as a static program of its own, build/static/mptcpspec-agent
agent-static: $(STATIC_BIN)

## unit: build and run the unit tests only
unit: $(UNITS)
	@for t in $(UNITS); do echo "== $${t##*/}"; $$t || exit 1; done

units: $(UNITS) $(LINTS) $(BUILD)/bench/traffic
fuzzers: $(FUZZERS)

## mutants: hunt every mutant; the kill matrix goes to reports/out
mutants: all
	@mkdir -p reports/out
	@$(BIN) mutants --each --json reports/out/mutants.json --matrix reports/out/mutants.tsv $(ARGS)

## fuzz: run each libFuzzer target for FUZZ_SECONDS (default 60)
fuzz:
	@scripts/fuzz.sh $${FUZZ_SECONDS:-60}

## bench: figures of speed and size on this machine (never a pass or fail)
bench: all
	@scripts/bench.sh $(BUILD)

## coverage: line coverage of wire, crypto, trace, oracle and lang by unit tests and one run
coverage:
	@scripts/coverage.sh

## sanitize: unit tests and one whole run under ASan and UBSan
sanitize:
	@scripts/sanitize.sh

## valgrind: unit tests and ten cases under valgrind
valgrind:
	@scripts/valgrind.sh

## install: install program, cases, topologies and man page below PREFIX
install: all
	install -D -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/mptcpspec
	install -D -m 644 docs/mptcpspec.1 $(DESTDIR)$(PREFIX)/share/man/man1/mptcpspec.1
	mkdir -p $(DESTDIR)$(PREFIX)/share/mptcpspec
	cp -r cases topo reports $(DESTDIR)$(PREFIX)/share/mptcpspec/
	rm -rf $(DESTDIR)$(PREFIX)/share/mptcpspec/reports/out

## format: apply clang-format to all C sources
format:
	@find harness include static tests -name '*.[ch]' | xargs clang-format -i

check-format:
	@find harness include static tests -name '*.[ch]' | xargs clang-format --dry-run -Werror

## help: this list
help:
	@sed -n 's/^## //p' Makefile

clean:
	rm -rf $(BUILD) build-*

-include $(OBJS:.o=.d) $(STATIC_OBJ:.o=.d) $(UNITS:=.d) $(LINTS:=.d)

package trial

import (
	"bufio"
	"context"
	"maps"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Why a term ended; a term that nobody ended was lost.
const (
	lost     = "lost"
	resigned = "resigned"
	shutdown = "shutdown"
)

// A candidate must not outlive a parent that was killed, not even while it is frozen. In init, which runs on the main
// thread: set on another one, it would be forgotten when that one ends.
func init() {
	// Where it fails, standard input still ends.
	_ = unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0)
}

// Contend runs round after round, each of which ends with a term, until standard input is closed or says quit, or SIGTERM.
//
// Standard input is read by lines: "resign" ends the term, if there is one, as a shutdown would, and "quit" ends the
// candidate; every other line makes it say its requests.
func (e *Election) Contend(round func(context.Context) error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	context.AfterFunc(ctx, func() {
		// An outage of the server must not keep the process: the lease runs out by itself.
		time.AfterFunc(e.options.RenewDeadline+patience, func() { os.Exit(0) })
	})
	go e.listen(stop)
	say(line{Is: "ready", At: now(), Leader: e.identity, Modules: modules()})
	for ctx.Err() == nil {
		// Not a child of ctx: whoever ends the round says why first.
		within, cancel := context.WithCancel(context.Background())
		e.begin(cancel)
		forget := context.AfterFunc(ctx, func() { e.end(shutdown) })
		err := round(within)
		e.Ended()
		forget()
		led, why := e.finish()
		cancel()
		if err != nil && !led {
			Fail(err)
		}
		if led && e.options.Once {
			return
		}
		if why == resigned {
			// It would take its own released lease before the others have seen it.
			select {
			case <-ctx.Done():
			case <-time.After(e.options.Rest):
			}
		}
	}
}

func (e *Election) begin(cancel context.CancelFunc) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.cancel, e.why, e.led = cancel, lost, false
}

// Ends the round that goes on.
func (e *Election) end(why string) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.cancel == nil || (why == resigned && e.term == nil) {
		return
	}
	if e.why == lost {
		e.why = why
	}
	e.cancel()
}

// Whether the round had a term, and why it ended.
func (e *Election) finish() (led bool, why string) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.cancel = nil
	return e.led, e.why
}

func (e *Election) listen(stop func()) {
	defer stop()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		switch strings.TrimSpace(lines.Text()) {
		case "resign":
			e.end(resigned)
		case "quit":
			return
		default:
			e.mutex.Lock()
			requests := e.requests
			said := line{Is: "requests", At: now(), Requests: &requests, Methods: maps.Clone(e.methods)}
			e.mutex.Unlock()
			say(said)
		}
	}
}

func modules() map[string]string {
	modules := map[string]string{}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return modules
	}
	for _, module := range info.Deps {
		switch module.Path {
		case "k8s.io/client-go", "sigs.k8s.io/controller-runtime":
			modules[module.Path] = module.Version
		}
	}
	return modules
}

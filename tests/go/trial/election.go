package trial

import (
	"context"
	"sync"
	"time"
)

// How long the end of a term waits for its work, which has been told to stop.
const patience = 5 * time.Second

// Election is one candidate's view of it, and what it says of it.
type Election struct {
	options *Options

	mutex sync.Mutex
	// As in its own last write; empty before it, if it was not set.
	identity string
	// When its last write was sent that was taken.
	sent int64
	// The term that its own writes began.
	term *term
	seen seen
	// Ends the round of the loop that goes on; nil outside of one.
	cancel context.CancelFunc
	// Why that round ends, and whether it had a term.
	why      string
	led      bool
	requests requests
	methods  map[string]uint64
}

type term struct {
	token       uint64
	transitions int32
	version     string
	// Closed when its work has ended.
	over chan struct{}
}

// What tells one leader's term from the next.
type seen struct {
	holder      string
	transitions int32
}

// New is the election of a candidate that is called identity; empty if it learns its name from its own writes.
func New(options *Options, identity string) *Election {
	return &Election{options: options, identity: identity, methods: map[string]uint64{}}
}

// Lead is the leader's work: it checks its context again and again, and says so, until it is cancelled.
func (e *Election) Lead(ctx context.Context) {
	at := now()
	e.mutex.Lock()
	term, leader := e.term, e.identity
	e.mutex.Unlock()
	if term == nil {
		return
	}
	defer close(term.over)
	leading := line{Is: "leading", At: at, Token: term.token, Leader: leader}
	leading.Transitions, leading.Version = &term.transitions, term.version
	say(leading)
	told := make(chan struct{})
	go func() {
		<-ctx.Done()
		say(line{Is: "stopping", At: now(), Token: term.token, Why: e.reason()})
		close(told)
	}()
	e.work(ctx, term.token)
	<-told
}

func (e *Election) work(ctx context.Context, token uint64) {
	if e.options.WorkEvery == 0 {
		<-ctx.Done()
		return
	}
	last, said := line{}, int64(0)
	for {
		e.mutex.Lock()
		until := e.sent + e.options.ValidFor.Nanoseconds()
		e.mutex.Unlock()
		// The clock before the check: a context that is not cancelled was not cancelled before.
		at := now()
		if ctx.Err() != nil {
			if last.At > said {
				say(last)
			}
			say(line{Is: "lapsed", At: at, Token: token})
			return
		}
		last = line{Is: "current", At: at, Token: token, Until: until}
		if said == 0 || at-said >= e.options.SayEvery.Nanoseconds() {
			say(last)
			said = at
		}
		time.Sleep(e.options.WorkEvery)
	}
}

// Ended says that the term is over, once its work has ended. Without a term it does nothing.
func (e *Election) Ended() {
	at := now()
	e.mutex.Lock()
	term := e.term
	e.term = nil
	e.mutex.Unlock()
	if term == nil {
		return
	}
	select {
	case <-term.over:
		say(line{Is: "ended", At: at, Token: term.token})
	case <-time.After(patience):
		// The winning write was answered, and client-go gave up all the same: nobody was told to lead.
	}
}

func (e *Election) reason() string {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return e.why
}

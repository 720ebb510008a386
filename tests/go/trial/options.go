package trial

import (
	"errors"
	"flag"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Options are what every candidate is told on its command line.
type Options struct {
	Kubeconfig      string
	Namespace       string
	Lease           string
	LeaseDuration   time.Duration
	RenewDeadline   time.Duration
	RetryPeriod     time.Duration
	ReleaseOnCancel bool
	QPS             float64
	// Whether it ends after its first term.
	Once bool
	// From one check of the leader's work whether it still leads to the next; 0: no checks.
	WorkEvery time.Duration
	// From one check that is said to the next, apart from the first and the last of a term.
	SayEvery time.Duration
	// For how long after its renewal was sent a term is said to be valid.
	ValidFor time.Duration
	// How long it stays away after it resigned.
	Rest time.Duration
	// What a token is.
	Token string
}

const (
	// Tokens are leaseTransitions + 1: known to leaders and followers, on a Lease that is never deleted.
	byTransitions = "transitions"
	// Tokens are the resourceVersion of the write that began the term. In one order with those of elector; only the
	// leader knows it.
	byVersion = "version"
)

// Flags defines the options' flags; they hold once flag.Parse was called and Complete after it.
func Flags() *Options {
	o := &Options{}
	flag.StringVar(&o.Kubeconfig, "kubeconfig", "", "kubeconfig `file`; inside a cluster none is needed")
	flag.StringVar(&o.Namespace, "namespace", "default", "namespace of the Lease")
	flag.StringVar(&o.Lease, "lease", "", "name of the Lease")
	flag.DurationVar(&o.LeaseDuration, "lease-duration", 15*time.Second, "client-go's LeaseDuration; whole seconds")
	flag.DurationVar(&o.RenewDeadline, "renew-deadline", 10*time.Second, "client-go's RenewDeadline")
	flag.DurationVar(&o.RetryPeriod, "retry-period", 2*time.Second, "client-go's RetryPeriod")
	flag.BoolVar(&o.ReleaseOnCancel, "release-on-cancel", false, "client-go's ReleaseOnCancel")
	flag.Float64Var(&o.QPS, "qps", 0, "the client's own limit of requests per second; 0: client-go's 5; below 0: none")
	flag.BoolVar(&o.Once, "once", false, "end after the first term")
	flag.DurationVar(&o.WorkEvery, "work-every", time.Millisecond, "from one check of the term to the next; 0: no checks")
	flag.DurationVar(&o.SayEvery, "say-every", 0, "from one check that is said to the next; the first and last are said")
	flag.DurationVar(&o.ValidFor, "valid-for", 0, "how long a term is said to be valid after a renewal was sent; "+
		"0: retry-period + renew-deadline")
	flag.DurationVar(&o.Rest, "rest", 0, "how long it stays away after it resigned; 0: 3 retry-periods")
	flag.StringVar(&o.Token, "token", byTransitions, "what a term's token is: `transitions or version`")
	return o
}

// Complete fills in what was left open, and refuses what cannot be.
func (o *Options) Complete() error {
	if o.ValidFor == 0 {
		o.ValidFor = o.RetryPeriod + o.RenewDeadline
	}
	if o.Rest == 0 {
		o.Rest = 3 * o.RetryPeriod
	}
	switch {
	case flag.NArg() > 0:
		return errors.New("arguments without a flag")
	case o.Lease == "":
		return errors.New("--lease is missing")
	case o.LeaseDuration%time.Second != 0:
		return errors.New("--lease-duration is not in whole seconds")
	case o.Token != byTransitions && o.Token != byVersion:
		return errors.New("--token is neither transitions nor version")
	}
	return nil
}

// Config is a client's configuration, whose requests on the Lease the election hears.
func (e *Election) Config() (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", e.options.Kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS = float32(e.options.QPS)
	config.Wrap(e.hearing)
	return config, nil
}

// A candidate that contends for a Lease with controller-runtime: a manager with leader election, whose only Runnable needs
// to lead.
//
// It speaks the line protocol of elector-trial, as ../candidate does. Where both differ:
//
//   - its identity is controller-runtime's own, hostname_uuid, anew in each round; it is said with leading;
//   - a manager cannot be started twice, so that after a term another one contends; controller-runtime means the process
//     to be started anew;
//   - stopping is the cancellation of the Runnable's context, ended is the return of the manager;
//   - its client's time-out is controller-runtime's own, renew-deadline / 2, at least 1 s.
package main

import (
	"context"
	"flag"

	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"elector.test/go/trial"
)

func main() {
	options := trial.Flags()
	// The candidate's command line is taken as it is; controller-runtime leaves no choice here.
	flag.String("identity", "", "ignored: hostname_uuid")
	flag.Duration("request-timeout", 0, "ignored: renew-deadline / 2, at least 1s")
	flag.Bool("events", true, "ignored: it writes Events")
	flag.Parse()
	if err := options.Complete(); err != nil {
		trial.Fail(err)
	}
	log.SetLogger(klog.Background())
	election := trial.New(options, "")
	config, err := election.Config()
	if err != nil {
		trial.Fail(err)
	}
	election.Contend(func(ctx context.Context) error {
		managed, err := manager.New(config, manager.Options{
			LeaderElection:                true,
			LeaderElectionID:              options.Lease,
			LeaderElectionNamespace:       options.Namespace,
			LeaderElectionReleaseOnCancel: options.ReleaseOnCancel,
			LeaseDuration:                 &options.LeaseDuration,
			RenewDeadline:                 &options.RenewDeadline,
			RetryPeriod:                   &options.RetryPeriod,
			Metrics:                       server.Options{BindAddress: "0"},
		})
		if err != nil {
			return err
		}
		// A RunnableFunc needs to lead.
		err = managed.Add(manager.RunnableFunc(func(ctx context.Context) error {
			election.Lead(ctx)
			return nil
		}))
		if err != nil {
			return err
		}
		return managed.Start(ctx)
	})
}

// A candidate that contends for a Lease with client-go's tools/leaderelection, as kube-scheduler does.
//
// It speaks the line protocol of elector-trial and none of its own, so that it is one more child process on a stage and
// its claims are judged with the others': package trial. Where both differ:
//
//   - current is said while the context of OnStartedLeading is not cancelled, for that is all that user code has to go by;
//   - stopping is the cancellation of that context, ended is OnStoppedLeading, which comes after the release;
//   - client-go knows no requests to resign in the store, so they come on standard input;
//   - client-go knows no tokens: --token.
package main

import (
	"context"
	"flag"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/tools/record"

	"elector.test/go/trial"
)

func main() {
	options := trial.Flags()
	identity := flag.String("identity", "", "who it is; hostname_uuid if empty")
	requestTimeout := flag.Duration("request-timeout", -1, "of its client; 0: none; below 0: renew-deadline / 2, at least 1s")
	events := flag.Bool("events", false, "write Events, as kube-scheduler does")
	flag.Parse()
	if err := options.Complete(); err != nil {
		trial.Fail(err)
	}
	if *identity == "" {
		host, err := os.Hostname()
		if err != nil {
			trial.Fail(err)
		}
		*identity = host + "_" + string(uuid.NewUUID())
	}
	election := trial.New(options, *identity)
	config, err := election.Config()
	if err != nil {
		trial.Fail(err)
	}
	config.Timeout = *requestTimeout
	if *requestTimeout < 0 {
		config.Timeout = max(time.Second, options.RenewDeadline/2)
	}
	client, err := kubernetes.NewForConfig(rest.AddUserAgent(config, "leader-election"))
	if err != nil {
		trial.Fail(err)
	}
	lockConfig := resourcelock.ResourceLockConfig{Identity: *identity}
	if *events {
		lockConfig.EventRecorder = recorder(client, options.Namespace)
	}
	lock, err := resourcelock.New(resourcelock.LeasesResourceLock, options.Namespace, options.Lease,
		client.CoreV1(), client.CoordinationV1(), lockConfig)
	if err != nil {
		trial.Fail(err)
	}
	election.Contend(func(ctx context.Context) error {
		elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
			Lock:            lock,
			LeaseDuration:   options.LeaseDuration,
			RenewDeadline:   options.RenewDeadline,
			RetryPeriod:     options.RetryPeriod,
			ReleaseOnCancel: options.ReleaseOnCancel,
			Name:            options.Lease,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: election.Lead,
				OnStoppedLeading: election.Ended,
			},
		})
		if err != nil {
			return err
		}
		elector.Run(ctx)
		return nil
	})
}

func recorder(client kubernetes.Interface, namespace string) record.EventRecorder {
	broadcaster := record.NewBroadcaster()
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.CoreV1().Events(namespace)})
	return broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "elector-trial"})
}

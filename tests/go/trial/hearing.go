package trial

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/client-go/kubernetes/scheme"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) {
	return r(request)
}

// Hears the requests on the Lease and their answers, and changes nothing. Here and not in client-go's interfaces, so that
// the programs contend with nothing but what client-go and controller-runtime ship.
func (e *Election) hearing(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		path := request.URL.Path
		if !strings.HasSuffix(path, "/leases") && !strings.HasSuffix(path, "/leases/"+e.options.Lease) {
			return next.RoundTrip(request)
		}
		e.count(request)
		sent := now()
		response, err := next.RoundTrip(request)
		if err != nil {
			return response, err
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			return nil, err
		}
		response.Body = io.NopCloser(bytes.NewReader(body))
		if response.StatusCode == http.StatusOK || response.StatusCode == http.StatusCreated {
			lease, err := decode(body)
			if err != nil {
				Fail(fmt.Errorf("an answer cannot be read: %w", err))
			}
			if request.Method == http.MethodGet {
				e.read(lease)
			} else {
				e.wrote(lease, sent)
			}
		}
		return response, nil
	})
}

func (e *Election) count(request *http.Request) {
	released := request.Method == http.MethodPut && releases(request)
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.methods[request.Method]++
	switch {
	case released:
		e.requests.Release++
	case e.term != nil:
		e.requests.Renew++
	default:
		e.requests.Acquire++
	}
}

func releases(request *http.Request) bool {
	if request.GetBody == nil {
		return false
	}
	reader, err := request.GetBody()
	if err != nil {
		return false
	}
	body, err := io.ReadAll(reader)
	if err != nil {
		return false
	}
	lease, err := decode(body)
	return err == nil && holder(lease) == ""
}

// Reads a Lease in JSON or in protobuf, which newer clients prefer.
func decode(body []byte) (*coordinationv1.Lease, error) {
	object, _, err := scheme.Codecs.UniversalDeserializer().Decode(body, nil, nil)
	if err != nil {
		return nil, err
	}
	lease, ok := object.(*coordinationv1.Lease)
	if !ok {
		return nil, fmt.Errorf("not a Lease but a %T", object)
	}
	return lease, nil
}

// Says who leads, when that is another than before. Also while it leads itself: client-go goes on then.
func (e *Election) read(lease *coordinationv1.Lease) {
	at := now()
	e.mutex.Lock()
	defer e.mutex.Unlock()
	seen := seen{holder(lease), transitions(lease)}
	if seen == e.seen {
		return
	}
	e.seen = seen
	if seen.holder == "" || seen.holder == e.identity {
		return
	}
	following := line{Is: "following", At: at, Leader: seen.holder, Transitions: &seen.transitions}
	following.Version = lease.ResourceVersion
	if e.options.Token == byTransitions {
		following.Token = uint64(seen.transitions) + 1
	}
	say(following)
}

// Takes note of an own write: the first one that names a holder after a term begins the next.
func (e *Election) wrote(lease *coordinationv1.Lease, sent int64) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	holder := holder(lease)
	e.seen = seen{holder, transitions(lease)}
	if holder == "" {
		return
	}
	e.identity, e.sent = holder, sent
	if e.term != nil {
		return
	}
	token := uint64(e.seen.transitions) + 1
	if e.options.Token == byVersion {
		var err error
		if token, err = strconv.ParseUint(lease.ResourceVersion, 10, 64); err != nil {
			Fail(fmt.Errorf("the resourceVersion is no number: %w", err))
		}
	}
	e.term = &term{token: token, transitions: e.seen.transitions, version: lease.ResourceVersion}
	e.term.over = make(chan struct{})
	e.led = true
}

func holder(lease *coordinationv1.Lease) string {
	if lease.Spec.HolderIdentity == nil {
		return ""
	}
	return *lease.Spec.HolderIdentity
}

func transitions(lease *coordinationv1.Lease) int32 {
	if lease.Spec.LeaseTransitions == nil {
		return 0
	}
	return *lease.Spec.LeaseTransitions
}

// Command podbox is all that is in the images a cluster of real nodes needs beside our own: what holds
// a pod's namespaces open (pause), and a server and clients by which the network is proved.
//
//	podbox pause
//	podbox serve ADDRESS
//	podbox get URL       prints the body; exits with 1 when nothing answers within two seconds
//	podbox resolve NAME  prints the addresses; exits with 1 when there are none
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const patience = 2 * time.Second

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("usage: podbox pause | serve ADDRESS | get URL | resolve NAME"))
	}
	argument := ""
	if len(os.Args) > 2 {
		argument = os.Args[2]
	}
	switch os.Args[1] {
	case "pause":
		pause()
	case "serve":
		serve(argument)
	case "get":
		get(argument)
	case "resolve":
		resolve(argument)
	default:
		fail(fmt.Errorf("unknown command %q", os.Args[1]))
	}
}

// pause is process 1 of its pod: it reaps what others leave behind, until it is told to end.
func pause() {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for s := range signals {
		if s != syscall.SIGCHLD {
			return
		}
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
}

// serve says who answered and from which address it was asked. It ends after what it has begun.
func serve(address string) {
	pod, _ := os.Hostname()
	server := &http.Server{Addr: address, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "pod=%s node=%s from=%s host=%s path=%s\n", pod, os.Getenv("NODE"), r.RemoteAddr, r.Host, r.URL.Path)
	})}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	fmt.Printf("serving %s on %s\n", address, os.Getenv("NODE"))
	go func() {
		<-ctx.Done()
		_ = server.Shutdown(context.Background())
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		fail(err)
	}
}

func get(url string) {
	client := http.Client{Timeout: patience}
	response, err := client.Get(url)
	if err != nil {
		fail(err)
	}
	defer response.Body.Close()
	if _, err = io.Copy(os.Stdout, response.Body); err != nil {
		fail(err)
	}
}

func resolve(name string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, name)
	if err != nil {
		fail(err)
	}
	fmt.Println(strings.Join(addresses, "\n"))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

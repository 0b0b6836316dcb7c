// devcheck: as much of the dev loop as runs without its tools. `devcheck tiltfile FILE CONTEXT` evaluates
// a Tiltfile with Tilt's own Starlark engine and stubs for its functions, and prints what it was told, one
// JSON object a line; local() runs its command. `devcheck kind FILE` reads a kind configuration strictly
// into kind's own types and prints it.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
	"gopkg.in/yaml.v3"
	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
)

type call struct {
	Name   string         `json:"name"`
	Args   []any          `json:"args"`
	Kwargs map[string]any `json:"kwargs"`
}

// What Tilt 0.35 offers and the Tiltfile uses; any other name is an error, as it is there.
var recorded = []string{
	"allow_k8s_contexts", "docker_build", "fall_back_on", "k8s_resource", "k8s_yaml", "local_resource",
	"sync", "update_settings", "version_settings", "watch_file",
}

func plain(value starlark.Value) any {
	switch value := value.(type) {
	case starlark.String:
		return string(value)
	case starlark.Bool:
		return bool(value)
	case starlark.Int:
		number, _ := value.Int64()
		return number
	case *starlark.Dict:
		result := map[string]any{}
		for _, item := range value.Items() {
			result[fmt.Sprint(plain(item[0]))] = plain(item[1])
		}
		return result
	case starlark.Iterable:
		result := []any{}
		iterator := value.Iterate()
		defer iterator.Done()
		var item starlark.Value
		for iterator.Next(&item) {
			result = append(result, plain(item))
		}
		return result
	case starlark.NoneType:
		return nil
	}
	return value.String()
}

func record(name string, args starlark.Tuple, kwargs []starlark.Tuple) {
	entry := call{name, []any{}, map[string]any{}}
	for _, arg := range args {
		entry.Args = append(entry.Args, plain(arg))
	}
	for _, pair := range kwargs {
		entry.Kwargs[string(pair[0].(starlark.String))] = plain(pair[1])
	}
	if err := json.NewEncoder(os.Stdout).Encode(entry); err != nil {
		stop(err)
	}
}

func builtins(context string) starlark.StringDict {
	names := starlark.StringDict{}
	for _, name := range recorded {
		names[name] = starlark.NewBuiltin(name, func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			record(name, args, kwargs)
			return starlark.String(name), nil
		})
	}
	names["k8s_context"] = starlark.NewBuiltin("k8s_context", func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
		return starlark.String(context), nil
	})
	names["fail"] = starlark.NewBuiltin("fail", func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		return nil, fmt.Errorf("fail: %v", plain(args[0]))
	})
	names["local"] = starlark.NewBuiltin("local", func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		record("local", args, kwargs)
		words, ok := plain(args[0]).([]any)
		if !ok {
			return nil, fmt.Errorf("local: give it a list, so that no shell reads it")
		}
		parts := []string{}
		for _, word := range words {
			parts = append(parts, fmt.Sprint(word))
		}
		command := exec.Command(parts[0], parts[1:]...)
		command.Stderr = os.Stderr
		output, err := command.Output()
		return starlark.String(output), err
	})
	return names
}

func evaluate(file, context string) error {
	options := &syntax.FileOptions{Set: true, TopLevelControl: true, GlobalReassign: true}
	_, err := starlark.ExecFileOptions(options, &starlark.Thread{Name: file}, file, nil, builtins(context))
	if failed, ok := err.(*starlark.EvalError); ok {
		return fmt.Errorf("%s", failed.Backtrace())
	}
	return err
}

func readKind(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var cluster v1alpha4.Cluster
	if err := decoder.Decode(&cluster); err != nil {
		return err
	}
	v1alpha4.SetDefaultsCluster(&cluster)
	return json.NewEncoder(os.Stdout).Encode(cluster)
}

func stop(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func main() {
	var err error
	switch {
	case len(os.Args) == 4 && os.Args[1] == "tiltfile":
		err = evaluate(os.Args[2], os.Args[3])
	case len(os.Args) == 3 && os.Args[1] == "kind":
		err = readKind(os.Args[2])
	default:
		err = fmt.Errorf("usage: devcheck tiltfile FILE CONTEXT | devcheck kind FILE")
	}
	if err != nil {
		stop(err)
	}
}

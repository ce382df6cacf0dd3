// usage: go-client HOST PORT USER PASSWORD FILE TARGET: sends a file, and runs a command that reads it.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"time"

	"golang.org/x/crypto/ssh"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func run(client *ssh.Client, stdin *os.File, command string) string {
	session, err := client.NewSession()
	must(err)
	defer session.Close()
	if stdin != nil {
		session.Stdin = stdin
	}
	output, err := session.Output(command)
	must(err)
	return string(output)
}

func main() {
	host, port, user, password, path, target := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6]
	client, err := ssh.Dial("tcp", net.JoinHostPort(host, port), &ssh.ClientConfig{
		User:            user,
		Auth:            []ssh.AuthMethod{ssh.Password(password)},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(),
		Timeout:         time.Minute,
	})
	must(err)
	file, err := os.Open(path)
	must(err)
	run(client, file, "cat >"+target)
	fmt.Print(run(client, nil, "cat "+target))
}

// The client script of tests/clients/README.md, and its storm, with the official Go SDK.
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"github.com/nacos-group/nacos-sdk-go/v2/clients"
	"github.com/nacos-group/nacos-sdk-go/v2/clients/config_client"
	"github.com/nacos-group/nacos-sdk-go/v2/clients/naming_client"
	"github.com/nacos-group/nacos-sdk-go/v2/common/constant"
	"github.com/nacos-group/nacos-sdk-go/v2/model"
	"github.com/nacos-group/nacos-sdk-go/v2/vo"
)

const (
	group     = "clients"
	service   = "orders"
	dataID    = "greeting"
	self      = "10.1.0.1:7001"
	neighbour = "10.1.0.2:7002"
	// More than the callbacks of a whole run: a callback never waits for the script.
	observedMax = 1024
)

// words are the lines from the runner, one for each step.
var words = make(chan string)

type client struct {
	naming naming_client.INamingClient
	config config_client.IConfigClient
	view   chan string
	text   chan string
}

func main() {
	go listen(words)
	if err := run(os.Args[1:]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) > 0 && arguments[0] == "storm" {
		return runStorm(arguments[1:])
	}
	c, err := connect()
	if err != nil {
		return err
	}
	if err := c.runThrough(); err != nil {
		return err
	}
	return c.surviveRestart()
}

func serverAddress() (string, uint64, error) {
	host, portText, err := net.SplitHostPort(os.Getenv("NAVAID_SERVER"))
	if err != nil {
		return "", 0, err
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	return host, port, err
}

func connect() (*client, error) {
	host, port, err := serverAddress()
	if err != nil {
		return nil, err
	}
	home := os.Getenv("HOME")
	param := vo.NacosClientParam{
		ClientConfig: constant.NewClientConfig(
			constant.WithTimeoutMs(5000),
			constant.WithNotLoadCacheAtStart(true),
			constant.WithLogDir(filepath.Join(home, "log")),
			constant.WithCacheDir(filepath.Join(home, "cache")),
		),
		ServerConfigs: []constant.ServerConfig{*constant.NewServerConfig(host, port)},
	}
	naming, err := clients.NewNamingClient(param)
	if err != nil {
		return nil, err
	}
	config, err := clients.NewConfigClient(param)
	if err != nil {
		return nil, err
	}
	return &client{
		naming: naming,
		config: config,
		view:   make(chan string, observedMax),
		text:   make(chan string, observedMax),
	}, nil
}

func (c *client) runThrough() error {
	if err := done(c.naming.RegisterInstance(registration())); err != nil {
		return fmt.Errorf("register: %w", err)
	}
	step("registered")
	if err := c.discover(); err != nil {
		return err
	}
	step("discovered")
	if err := c.naming.Subscribe(&vo.SubscribeParam{
		ServiceName:       service,
		GroupName:         group,
		SubscribeCallback: c.viewChanged,
	}); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	step("subscribed")
	await(c.view, self+","+neighbour)
	step("neighbour-seen")
	await(c.view, self)
	step("neighbour-gone")

	if err := c.publish("first é 一"); err != nil {
		return err
	}
	step("published")
	if content, err := c.config.GetConfig(item("")); err != nil || content != "first é 一" {
		return fmt.Errorf("get: %q, %v", content, err)
	}
	step("read")
	listened := item("")
	listened.OnChange = c.textChanged
	if err := c.config.ListenConfig(listened); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	step("listening")
	await(c.text, "second é 一")
	step("change-seen")
	// The SDK calls back before it has told the server what it holds now. A notice that reaches it in between is
	// acknowledged and forgotten: the server has to see that, and repeat it.
	if err := done(c.config.DeleteConfig(item(""))); err != nil {
		return fmt.Errorf("remove: %w", err)
	}
	await(c.text, "")
	if content, err := c.config.GetConfig(item("")); content != "" {
		return fmt.Errorf("get of a removed item: %q, %v", content, err)
	}
	step("removed")
	return c.deregister()
}

func (c *client) surviveRestart() error {
	if err := done(c.naming.RegisterInstance(registration())); err != nil {
		return fmt.Errorf("register again: %w", err)
	}
	if err := c.publish("third é 一"); err != nil {
		return err
	}
	await(c.text, "third é 一")
	step("ready-for-restart")

	await(c.text, "fourth é 一")
	await(c.view, self+","+neighbour)
	step("recovered")
	if err := c.publish("fifth é 一"); err != nil {
		return err
	}
	await(c.text, "fifth é 一")
	step("republished")
	if err := done(c.config.DeleteConfig(item(""))); err != nil {
		return fmt.Errorf("remove: %w", err)
	}
	step("removed")
	return c.deregister()
}

func (c *client) discover() error {
	found, err := c.naming.SelectAllInstances(vo.SelectAllInstancesParam{ServiceName: service, GroupName: group})
	if err != nil {
		return fmt.Errorf("discover: %w", err)
	}
	if addresses(found) != self {
		return fmt.Errorf("discovered %+v", found)
	}
	if own := found[0]; own.Weight != 2 || !own.Healthy || own.Metadata["zone"] != "west" {
		return fmt.Errorf("discovered %+v", own)
	}
	return nil
}

func (c *client) publish(content string) error {
	if err := done(c.config.PublishConfig(item(content))); err != nil {
		return fmt.Errorf("publish %q: %w", content, err)
	}
	return nil
}

func (c *client) deregister() error {
	err := done(c.naming.DeregisterInstance(vo.DeregisterInstanceParam{
		Ip: "10.1.0.1", Port: 7001, ServiceName: service, GroupName: group, Ephemeral: true,
	}))
	if err != nil {
		return fmt.Errorf("deregister: %w", err)
	}
	step("deregistered")
	return nil
}

func (c *client) viewChanged(instances []model.Instance, err error) {
	if err != nil {
		fmt.Println("subscriber was told:", err)
		return
	}
	fmt.Println("view is now", addresses(instances))
	c.view <- addresses(instances)
}

func (c *client) textChanged(_, _, _, content string) {
	fmt.Println("config is now", content)
	c.text <- content
}

func registration() vo.RegisterInstanceParam {
	return vo.RegisterInstanceParam{
		Ip: "10.1.0.1", Port: 7001, Weight: 2, Enable: true, Healthy: true, Ephemeral: true,
		ServiceName: service, GroupName: group, Metadata: map[string]string{"zone": "west"},
	}
}

func item(content string) vo.ConfigParam {
	return vo.ConfigParam{DataId: dataID, Group: group, Content: content}
}

func addresses(instances []model.Instance) string {
	list := make([]string, 0, len(instances))
	for _, instance := range instances {
		list = append(list, net.JoinHostPort(instance.Ip, strconv.FormatUint(instance.Port, 10)))
	}
	sort.Strings(list)
	return strings.Join(list, ",")
}

// await takes what callbacks brought until it is the wanted value; the runner keeps the time.
func await(observed <-chan string, wanted string) {
	for value := range observed {
		if value == wanted {
			return
		}
	}
}

func done(ok bool, err error) error {
	if err == nil && !ok {
		return fmt.Errorf("the server refused")
	}
	return err
}

// step claims a step and waits for the runner to have checked it and done its own part; it gives the runner's word.
func step(name string) string {
	fmt.Println("STEP", name)
	return <-words
}

// listen hands on the runner's words; the end of the input is the end of the runner, and so of this program.
func listen(words chan<- string) {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words <- lines.Text()
	}
	os.Exit(1)
}

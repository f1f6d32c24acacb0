/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockstarter.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

import io.github.lockstarter.InvalidJobException;

/**
 * What {@code spring.data.redis.*} says, read without Spring Data Redis, so that it need
 * not be there. What is left out or contradicts itself is read as Spring Boot reads it,
 * or refused: better to stop than to lock on another Redis than the one that was meant.
 *
 * @param url overrides host, port, username, password, database and ssl
 */
record RedisProperties(@Nullable String url, @DefaultValue("localhost") String host, @DefaultValue("6379") int port,
		@Nullable String username, @Nullable String password, @DefaultValue("0") int database,
		@Nullable Duration timeout, @Nullable Duration connectTimeout, @Nullable String clientName,
		@DefaultValue Ssl ssl, @DefaultValue Sentinel sentinel, @DefaultValue Nodes cluster,
		@Name("masterreplica") @DefaultValue Nodes masterReplica) {

	static final String PREFIX = "spring.data.redis";

	private static final Set<String> TLS_SCHEMES = Set.of("rediss", "valkeys");

	private static final Set<String> SCHEMES = Set.of("redis", "rediss", "valkey", "valkeys");

	private static final Pattern UNDERSCORE = Pattern
		.compile("(?<before>\\w+://(?:[^/?#]*@)?)(?<host>[\\w.-]*_[\\w.-]*)(?<after>(?:[:/?#][^@]*)?)");

	/** Else a part of a password would be taken for a port, and its user for a host. */
	private static final Pattern NO_AT_BEHIND_THE_HOST = Pattern.compile("\\w+://[^/?#]*(?:[/?#][^@]*)?");

	private static final int HIGHEST_PORT = 65_535;

	private static final Pattern IPV6 = Pattern
		.compile("\\[?[\\p{XDigit}.]*:[\\p{XDigit}.]*:[\\p{XDigit}:.]*(?:%[\\w.-]+)?]?");

	private static final Pattern HOST_NAME = Pattern.compile("[^\\s:/?#@,\\[\\]]+");

	static RedisProperties from(Environment environment) {
		return Binder.get(environment).bindOrCreate(PREFIX, RedisProperties.class);
	}

	/**
	 * Return what all of it comes down to.
	 * @throws InvalidJobException if it cannot work
	 */
	RedisSettings settings(@Nullable SslBundles sslBundles) {
		RedisProperties effective = StringUtils.hasText(this.url) ? withUrl(this.url) : this;
		Layout layout = effective.layout();
		boolean tls = effective.isTls();
		String bundle = this.ssl.bundle();
		return new RedisSettings(layout, effective.username, effective.password, effective.database, this.timeout,
				this.connectTimeout, this.clientName, tls,
				(tls && StringUtils.hasLength(bundle)) ? bundle(bundle, sslBundles) : null);
	}

	/**
	 * Return settings for a Redis of which somebody else knows where it is. How long to
	 * wait is in nobody's details.
	 */
	RedisSettings settings(Layout layout, @Nullable String username, @Nullable String password, int database,
			@Nullable SslBundle sslBundle) {
		return new RedisSettings(layout, username, password, database, this.timeout, this.connectTimeout,
				this.clientName, sslBundle != null, sslBundle);
	}

	/**
	 * Whether the details say no more than these properties do: what Spring Boot makes of
	 * the properties lives beside the interface. It says less then: in its details a
	 * {@code rediss://} of the URL is lost.
	 */
	static boolean areSourceOf(ConnectionDetails details, Class<? extends ConnectionDetails> type) {
		return details.getClass().getPackageName().equals(type.getPackageName());
	}

	static InvalidJobException noPlace(ConnectionDetails details) {
		return new InvalidJobException(
				"The connection details %s do not say where Redis is.".formatted(details.getClass().getName()),
				"Let them return a standalone Redis, sentinels or a cluster.");
	}

	private Layout layout() {
		List<String> layouts = new ArrayList<>();
		if (!this.sentinel.isEmpty()) {
			layouts.add("sentinel");
		}
		if (!this.cluster.isEmpty()) {
			layouts.add("cluster");
		}
		if (!this.masterReplica.isEmpty()) {
			layouts.add("masterreplica");
		}
		if (layouts.size() > 1) {
			throw new InvalidJobException(
					layouts.stream()
						.map((layout) -> "%s.%s".formatted(PREFIX, layout))
						.collect(Collectors.joining(" and ", "",
								" are set, so it is not clear which Redis keeps the locks.")),
					"Keep the nodes of one of them.");
		}
		if (!this.sentinel.isEmpty()) {
			return sentinelLayout();
		}
		if (!this.cluster.isEmpty()) {
			if (this.database != 0) {
				throw new InvalidJobException(
						"Database %d is asked for, but a Redis Cluster has database 0 only.".formatted(this.database),
						"Remove %1$s.database, or the number from %1$s.url; the keys of the locks have a prefix and a namespace of their own."
							.formatted(PREFIX));
			}
			return new Layout.Cluster(this.cluster.parse("cluster.nodes"));
		}
		if (!this.masterReplica.isEmpty()) {
			return new Layout.MasterReplica(this.masterReplica.parse("masterreplica.nodes"));
		}
		return new Layout.Single(server());
	}

	/**
	 * What is no host would be tried again and again.
	 */
	private Layout.Node server() {
		if (!isHost(this.host)) {
			throw new InvalidJobException(
					"%s.host is \"%s\", which is no host.".formatted(PREFIX, this.host.replaceAll("(?s)^.*@", "***@")),
					"Write its name or address alone. The port is %1$s.port; a whole redis://… is %1$s.url."
						.formatted(PREFIX));
		}
		if (this.port <= 0 || this.port > HIGHEST_PORT) {
			throw new InvalidJobException("%s.port is %d, which is no port.".formatted(PREFIX, this.port),
					"Write a number from 1 to %d.".formatted(HIGHEST_PORT));
		}
		return new Layout.Node(this.host, this.port);
	}

	private static boolean isHost(String host) {
		return HOST_NAME.matcher(host).matches() || IPV6.matcher(host).matches();
	}

	private Layout sentinelLayout() {
		String master = this.sentinel.master();
		if (!StringUtils.hasText(master)) {
			throw new InvalidJobException("%s.sentinel.nodes is set, but not the name of the master.".formatted(PREFIX),
					"Set %s.sentinel.master to what the sentinels call it, such as mymaster.".formatted(PREFIX));
		}
		if (this.sentinel.hasNoNodes()) {
			throw new InvalidJobException("%s.sentinel.master is set, but no sentinels.".formatted(PREFIX),
					"Set %s.sentinel.nodes to host:port of each, separated by commas.".formatted(PREFIX));
		}
		return new Layout.Sentinel(master, new Nodes(this.sentinel.nodes()).parse("sentinel.nodes"),
				this.sentinel.username(), this.sentinel.password());
	}

	private RedisProperties withUrl(String url) {
		Matcher named = UNDERSCORE.matcher(url);
		// No host name by the book, and the name of a service of Docker Compose all the
		// same
		String host = named.matches() ? named.group("host") : null;
		URI uri = parse(url, (host != null) ? named.group("before") + "host" + named.group("after") : url);
		String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
		String user = this.username;
		String secret = this.password;
		String userInfo = uri.getUserInfo();
		if (userInfo != null) {
			int colon = userInfo.indexOf(':');
			// A lone part is the password, as in Spring Boot
			user = (colon > 0) ? userInfo.substring(0, colon) : null;
			secret = userInfo.substring(colon + 1);
		}
		int port = (uri.getPort() > 0) ? uri.getPort() : 6379;
		return new RedisProperties(null, (host != null) ? host : uri.getHost(), port, user, secret, database(uri, url),
				this.timeout, this.connectTimeout, this.clientName,
				TLS_SCHEMES.contains(scheme) ? new Ssl(true, this.ssl.bundle()) : this.ssl, this.sentinel, this.cluster,
				this.masterReplica);
	}

	private static URI parse(String url, String readable) {
		try {
			URI uri = URI.create(readable);
			String scheme = uri.getScheme();
			if (uri.getHost() != null && uri.getPort() <= HIGHEST_PORT && scheme != null
					&& SCHEMES.contains(scheme.toLowerCase(Locale.ROOT))
					&& NO_AT_BEHIND_THE_HOST.matcher(readable).matches()) {
				return uri;
			}
		}
		catch (IllegalArgumentException ex) {
			// Refused below, without the text of the exception: it may contain the
			// password
		}
		throw invalidUrl(url);
	}

	private int database(URI uri, String url) {
		String path = uri.getPath();
		if (path == null || path.isEmpty() || path.equals("/")) {
			return this.database;
		}
		try {
			return Integer.parseInt(path.substring(1));
		}
		catch (NumberFormatException ex) {
			throw invalidUrl(url);
		}
	}

	private static InvalidJobException invalidUrl(String url) {
		return new InvalidJobException(
				"%s.url cannot be read: \"%s\".".formatted(PREFIX,
						url.replaceAll("(?s)^(\\w*://)?.*@", "$1***@").replaceAll("(?s)[?#].*", "?***")),
				"Write redis://user:password@host:port/database, or rediss:// for TLS. "
						+ "Special characters in user or password are percent-encoded.");
	}

	private boolean isTls() {
		return (this.ssl.enabled() != null) ? this.ssl.enabled() : StringUtils.hasLength(this.ssl.bundle());
	}

	private static SslBundle bundle(String name, @Nullable SslBundles sslBundles) {
		if (sslBundles == null) {
			throw new InvalidJobException(
					"%s.ssl.bundle is '%s', but there are no SSL bundles.".formatted(PREFIX, name),
					"Keep Spring Boot's SslAutoConfiguration, or define a RedissonClient bean.");
		}
		try {
			return sslBundles.getBundle(name);
		}
		catch (NoSuchSslBundleException ex) {
			throw new InvalidJobException(
					"%s.ssl.bundle is '%s', but there is no SSL bundle of this name.".formatted(PREFIX, name),
					"Define it as spring.ssl.bundle.pem.%1$s or spring.ssl.bundle.jks.%1$s.".formatted(name));
		}
	}

	/**
	 * TLS settings.
	 */
	record Ssl(@Nullable Boolean enabled, @Nullable String bundle) {

	}

	/**
	 * The sentinels, and what they call the master.
	 */
	record Sentinel(@Nullable String master, @Nullable List<String> nodes, @Nullable String username,
			@Nullable String password) {

		boolean isEmpty() {
			return !StringUtils.hasText(this.master) && hasNoNodes();
		}

		boolean hasNoNodes() {
			return new Nodes(this.nodes).isEmpty();
		}

	}

	/**
	 * Several Redis servers.
	 */
	record Nodes(@Nullable List<String> nodes) {

		boolean isEmpty() {
			return this.nodes == null || this.nodes.isEmpty();
		}

		List<Layout.Node> parse(String property) {
			return (this.nodes != null) ? this.nodes.stream().map((node) -> parse(property, node)).toList() : List.of();
		}

		private static Layout.Node parse(String property, String node) {
			// The last one: an address may be that of IPv6
			int colon = node.lastIndexOf(':');
			try {
				int port = Integer.parseInt(node.substring(colon + 1).strip());
				String host = node.substring(0, Math.max(0, colon)).strip();
				if (isHost(host) && port > 0 && port <= HIGHEST_PORT) {
					return new Layout.Node(host, port);
				}
			}
			catch (NumberFormatException ex) {
				// Refused below
			}
			throw new InvalidJobException(
					"%s.%s contains \"%s\", which is not host:port.".formatted(PREFIX, property,
							node.replaceAll("(?s)^.*@", "***@")),
					"Write host:port of each server, separated by commas, without redis://.");
		}

	}

}

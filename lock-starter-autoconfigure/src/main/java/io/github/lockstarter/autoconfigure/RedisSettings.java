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
import java.util.List;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.core.env.Environment;

import io.github.lockstarter.InvalidJobException;

/**
 * What {@code spring.data.redis.*} says, read without Spring Data Redis, so that it need
 * not be there.
 *
 * @param url overrides host, port, username, password, database and ssl
 */
record RedisSettings(@Nullable String url, @DefaultValue("localhost") String host, @DefaultValue("6379") int port,
		@Nullable String username, @Nullable String password, @DefaultValue("0") int database,
		@Nullable Duration timeout, @Nullable Duration connectTimeout, @Nullable String clientName,
		@DefaultValue Ssl ssl, @Nullable Nodes sentinel, @Nullable Nodes cluster,
		@Name("masterreplica") @Nullable Nodes masterReplica) {

	static final String PREFIX = "spring.data.redis";

	static RedisSettings from(Environment environment) {
		return Binder.get(environment).bindOrCreate(PREFIX, RedisSettings.class).resolved();
	}

	private RedisSettings resolved() {
		refuse("sentinel", this.sentinel);
		refuse("cluster", this.cluster);
		refuse("masterreplica", this.masterReplica);
		return (this.url != null && !this.url.isBlank()) ? resolve(this.url) : this;
	}

	/**
	 * Better to stop than to lock on another Redis than the one that was meant.
	 */
	private static void refuse(String layout, @Nullable Nodes nodes) {
		if (nodes != null && nodes.nodes() != null && !nodes.nodes().isEmpty()) {
			throw new InvalidJobException("%s.%s.nodes is set, but the starter makes a client for a single Redis only."
				.formatted(PREFIX, layout), "Define a RedissonClient bean for your layout; the locks will use it.");
		}
	}

	private RedisSettings resolve(String url) {
		URI uri = parse(url);
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
		return new RedisSettings(null, uri.getHost(), port, user, secret, database(uri, url), this.timeout,
				this.connectTimeout, this.clientName,
				scheme.equals("rediss") ? new Ssl(true, this.ssl.bundle()) : this.ssl, null, null, null);
	}

	private static URI parse(String url) {
		try {
			URI uri = URI.create(url);
			String scheme = uri.getScheme();
			if (uri.getHost() != null && ("redis".equalsIgnoreCase(scheme) || "rediss".equalsIgnoreCase(scheme))) {
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
				"%s.url cannot be read: \"%s\".".formatted(PREFIX, url.replaceAll("(?s)^(\\w*://)?.*@", "$1***@")),
				"Write redis://user:password@host:port/database, or rediss:// for TLS. "
						+ "Special characters in user or password are percent-encoded.");
	}

	boolean isTls() {
		return (this.ssl.enabled() != null) ? this.ssl.enabled() : this.ssl.bundle() != null;
	}

	/**
	 * Return the address, without secrets.
	 */
	String address() {
		String host = (this.host.indexOf(':') >= 0 && !this.host.startsWith("[")) ? "[" + this.host + "]" : this.host;
		return (isTls() ? "rediss://" : "redis://") + host + ":" + this.port;
	}

	/**
	 * Not a word of the password.
	 */
	@Override
	public String toString() {
		return address() + "/" + this.database;
	}

	/**
	 * TLS settings.
	 */
	record Ssl(@Nullable Boolean enabled, @Nullable String bundle) {

	}

	/**
	 * Several Redis servers.
	 */
	record Nodes(@Nullable List<String> nodes) {

	}

}

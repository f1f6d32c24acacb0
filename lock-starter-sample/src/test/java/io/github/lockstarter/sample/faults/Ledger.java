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

package io.github.lockstarter.sample.faults;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;

import org.h2.tools.Server;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * A database that the servers share. This JVM keeps it, in memory.
 */
final class Ledger implements AutoCloseable {

	private final String name = "mem:" + UUID.randomUUID();

	private final Connection connection;

	private final Server server;

	private final JdbcClient jdbc;

	Ledger() throws SQLException {
		System.setProperty("h2.bindAddress", "127.0.0.1");
		this.connection = DriverManager.getConnection("jdbc:h2:" + this.name, "sa", "");
		this.server = Server.createTcpServer("-tcpPort", "0", "-tcpDaemon").start();
		this.jdbc = JdbcClient.create(new SingleConnectionDataSource(this.connection, true));
		this.jdbc.sql("create table ledger (token bigint not null, way varchar(10) not null)").update();
		this.jdbc.sql("create table register (token bigint not null)").update();
		this.jdbc.sql("insert into register values (0)").update();
	}

	/**
	 * Returns what makes it the database of a server.
	 */
	String[] properties() {
		return new String[] { "faults.database=jdbc:h2:tcp://127.0.0.1:" + this.server.getPort() + "/" + this.name };
	}

	/**
	 * Returns what is committed.
	 */
	List<String> entries() {
		return this.jdbc.sql("select way || ' ' || token from ledger").query(String.class).list();
	}

	@Override
	public void close() throws SQLException {
		this.server.stop();
		this.connection.close();
	}

}

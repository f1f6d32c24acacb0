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

package io.github.lockstarter.sample.demo;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

import org.h2.Driver;
import org.h2.tools.Server;
import org.jspecify.annotations.Nullable;

/**
 * The database that both servers share. The launcher keeps it, so it is there for the one
 * server when the other is gone, and on Ctrl-C it is there until both have stopped.
 */
final class DemoDatabase implements AutoCloseable {

	private static final String USER = "sa";

	private static final String NAME = "settlement";

	private final Connection connection;

	private final Server server;

	private DemoDatabase(Connection connection, Server server) {
		this.connection = connection;
		this.server = server;
	}

	/**
	 * Creates the database and serves it to this machine.
	 * @param directory where its file is
	 * @return the database, without tables
	 */
	static DemoDatabase open(Path directory) {
		System.setProperty("h2.bindAddress", "127.0.0.1");
		try {
			Connection connection = Driver.load()
				.connect("jdbc:h2:file:" + directory.resolve(NAME) + ";DB_CLOSE_ON_EXIT=FALSE", credentials());
			Server server = Server.createTcpServer("-tcpPort", "0", "-tcpDaemon", "-baseDir", directory.toString());
			return new DemoDatabase(connection, server.start());
		}
		catch (SQLException ex) {
			throw new DemoException("The database cannot be opened: " + ex.getMessage());
		}
	}

	private static Properties credentials() {
		Properties credentials = new Properties();
		credentials.setProperty("user", USER);
		credentials.setProperty("password", "");
		return credentials;
	}

	/**
	 * Returns where the servers find the database.
	 * @return the JDBC URL
	 */
	String url() {
		return "jdbc:h2:tcp://127.0.0.1:" + this.server.getPort() + "/./" + NAME;
	}

	/**
	 * Reads the run log.
	 * @return all its rows
	 */
	List<LoggedRun> runs() {
		try (Statement statement = this.connection.createStatement();
				ResultSet rows = statement.executeQuery(
						"select job, tick, server, started_at, ended_at, succeeded from run_log order by id")) {
			List<LoggedRun> runs = new ArrayList<>();
			while (rows.next()) {
				runs.add(new LoggedRun(rows.getString(1), instant(rows, 2), rows.getString(3), instant(rows, 4),
						instantOrNull(rows, 5), rows.getBoolean(6)));
			}
			return runs;
		}
		catch (SQLException ex) {
			throw new DemoException("The run log cannot be read: " + ex.getMessage());
		}
	}

	private static Instant instant(ResultSet rows, int column) throws SQLException {
		return rows.getObject(column, OffsetDateTime.class).toInstant();
	}

	private static @Nullable Instant instantOrNull(ResultSet rows, int column) throws SQLException {
		OffsetDateTime value = rows.getObject(column, OffsetDateTime.class);
		return (value != null) ? value.toInstant() : null;
	}

	@Override
	public void close() {
		this.server.stop();
		try {
			this.connection.close();
		}
		catch (SQLException ex) {
			// Its file is not needed any more
		}
	}

}

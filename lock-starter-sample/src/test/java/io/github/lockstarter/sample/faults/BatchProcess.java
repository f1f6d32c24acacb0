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

import java.io.PrintStream;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Scanner;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import javax.sql.DataSource;

import io.github.lockstarter.CrashPolicy;
import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.LockLostException;
import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.autoconfigure.DistributedScheduledAutoConfiguration;

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.task.TaskSchedulingAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;
import org.springframework.scheduling.support.ScheduledMethodRunnable;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.ReflectionUtils;

/**
 * What a {@link Server} runs: a batch server with one job for every second. The test
 * tells it line by line what to do, and it tells the test what happens. It has the
 * starter and little else of Spring Boot, so that many of them start in little time.
 * <p>
 * No class in here is a component: the sample's own application would find it.
 */
@ImportAutoConfiguration({ DistributedScheduledAutoConfiguration.class, TaskSchedulingAutoConfiguration.class })
@EnableScheduling
@Import({ BatchProcess.Commands.class, BatchProcess.Reporter.class, BatchProcess.Database.class, BatchProcess.Job.class,
		BatchProcess.ThreeAttempts.class, BatchProcess.TwoAttempts.class, RateJobs.Stalls.class, RateJobs.Locked.class,
		RateJobs.Unlocked.class })
class BatchProcess {

	/** What a line for the test begins with. */
	static final String MARK = "@@ ";

	static final String JOB = "faults";

	/** Begins a transaction, books in it, waits until frozen and woken, and commits. */
	static final String BOOK_GUARDED = "book-guarded";

	/** Books if the register takes the token, without Spring's transactions. */
	static final String BOOK_FENCED = "book-fenced";

	/** Calls the job by hand until this server has run it. */
	static final String CALL = "call";

	static final String RETURN = "return";

	/** Followed by an instant: a tick of the job that is run again when it crashes. */
	static final String TICK = "tick ";

	/** How long a freeze takes at least. */
	static final Duration FREEZE = Duration.ofSeconds(3);

	private static final Duration CALL_PAUSE = Duration.ofMillis(10);

	private static final PrintStream out = System.out;

	public static void main(String[] args) {
		new SpringApplicationBuilder(BatchProcess.class).web(WebApplicationType.NONE)
			.bannerMode(Banner.Mode.OFF)
			.run(args);
	}

	private static void tell(String event) {
		out.println(MARK + event);
	}

	/**
	 * Reads what the test writes. Where the standard input ends the test has died, and so
	 * does this process.
	 */
	static class Commands {

		private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

		private final ObjectProvider<Job> job;

		private final ObjectProvider<RerunJob> rerunJob;

		Commands(ObjectProvider<Job> job, ObjectProvider<RerunJob> rerunJob) {
			this.job = job;
			this.rerunJob = rerunJob;
			Thread thread = new Thread(this::read, "commands");
			thread.setDaemon(true);
			thread.start();
		}

		private void read() {
			try (Scanner in = new Scanner(System.in)) {
				while (in.hasNextLine()) {
					obey(in.nextLine());
				}
			}
			Runtime.getRuntime().halt(1);
		}

		private void obey(String command) {
			if (command.equals(CALL)) {
				new Thread(this::call, "caller").start();
			}
			else if (command.startsWith(TICK)) {
				this.rerunJob.getObject().schedule(Instant.parse(command.substring(TICK.length())));
			}
			else {
				this.lines.add(command);
			}
		}

		private void call() {
			try {
				while (!this.job.getObject().run()) {
					LockSupport.parkNanos(CALL_PAUSE.toNanos());
				}
			}
			catch (Exception ex) {
				tell("call-failed exception=" + ex.getClass().getName());
			}
		}

	}

	/**
	 * Tells the test what happens to this server and its runs.
	 */
	static class Reporter {

		@EventListener(ApplicationReadyEvent.class)
		void ready() {
			tell("ready");
		}

		@EventListener(ContextClosedEvent.class)
		void closing() {
			tell("closing");
		}

		@EventListener
		void skipped(JobSkipped skipped) {
			tell((skipped.tick() != null) ? "skipped tick=" + skipped.tick() + " reason=" + skipped.reason()
					: "called-in-vain");
		}

		@EventListener
		void lost(JobLockLost lost) {
			tell("lost token=" + lost.token());
		}

		@EventListener
		void finished(JobFinished finished) {
			tell("finished outcome=" + finished.outcome() + " tick=" + finished.tick() + " token=" + finished.token());
		}

	}

	/**
	 * The database of a {@link Ledger}, or one of its own.
	 */
	static class Database {

		@Bean
		DataSource dataSource(@Value("${faults.database:jdbc:h2:mem:faults}") String url) {
			return new DriverManagerDataSource(url, "sa", "");
		}

		@Bean
		PlatformTransactionManager transactionManager(DataSource dataSource) {
			return new JdbcTransactionManager(dataSource);
		}

		@Bean
		JdbcClient jdbcClient(DataSource dataSource) {
			return JdbcClient.create(dataSource);
		}

	}

	/**
	 * A job that is run again when it crashes, at a tick that the test names.
	 */
	abstract static class RerunJob implements SchedulingConfigurer {

		private final Commands commands;

		private final ObjectProvider<RerunJob> proxy;

		private ScheduledTaskRegistrar registrar;

		RerunJob(Commands commands, ObjectProvider<RerunJob> proxy) {
			this.commands = commands;
			this.proxy = proxy;
		}

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			this.registrar = registrar;
		}

		void schedule(Instant tick) {
			RerunJob job = this.proxy.getObject();
			Method method = ReflectionUtils.findMethod(AopUtils.getTargetClass(job), "run");
			// The scheduler of the registrar is wrapped by now, so the task knows its
			// tick; and it is the method that is scheduled, as by its annotation
			this.registrar.getScheduler().schedule(new ScheduledMethodRunnable(job, method), tick);
		}

		abstract void run();

		final void untilTold() {
			JobRun run = JobRun.current();
			tell("run tick=" + run.tick() + " token=" + run.token() + " trigger=" + run.trigger());
			try {
				this.commands.lines.take();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

	}

	@ConditionalOnProperty(name = "faults.attempts", havingValue = "3")
	static class ThreeAttempts extends RerunJob {

		ThreeAttempts(Commands commands, ObjectProvider<RerunJob> proxy) {
			super(commands, proxy);
		}

		// A process in which nothing is scheduled would end
		@Override
		@Scheduled(cron = "0 0 3 29 2 *")
		@DistributedScheduled(name = JOB, onCrash = CrashPolicy.RERUN)
		void run() {
			untilTold();
		}

	}

	@ConditionalOnProperty(name = "faults.attempts", havingValue = "2")
	static class TwoAttempts extends RerunJob {

		TwoAttempts(Commands commands, ObjectProvider<RerunJob> proxy) {
			super(commands, proxy);
		}

		@Override
		@Scheduled(cron = "0 0 3 29 2 *")
		@DistributedScheduled(name = JOB, onCrash = CrashPolicy.RERUN, maxAttempts = 2)
		void run() {
			untilTold();
		}

	}

	/**
	 * Nothing in here looks at an interrupt or asserts the lock: what keeps a late run
	 * from booking is the library, or the register.
	 */
	@ConditionalOnProperty(name = "faults.attempts", havingValue = "1", matchIfMissing = true)
	static class Job {

		private final Commands commands;

		private final Duration work;

		private final DataSource dataSource;

		private final TransactionTemplate transactions;

		private final JdbcClient jdbc;

		/**
		 * Create the job.
		 * @param work how long a run takes; zero: until the test says so
		 */
		Job(Commands commands, @Value("${faults.work:0s}") Duration work, DataSource dataSource,
				PlatformTransactionManager transactionManager, JdbcClient jdbc) {
			this.commands = commands;
			this.work = work;
			this.dataSource = dataSource;
			this.transactions = new TransactionTemplate(transactionManager);
			this.jdbc = jdbc;
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled(name = JOB, onLockLost = LockLostPolicy.CONTINUE)
		boolean run() throws Exception {
			JobRun run = JobRun.current();
			tell("run tick=" + run.tick() + " token=" + run.token() + " trigger=" + run.trigger());
			if (!this.work.isZero()) {
				this.commands.lines.poll(this.work.toMillis(), TimeUnit.MILLISECONDS);
				return true;
			}
			String command = this.commands.lines.take();
			while (!command.equals(RETURN)) {
				obey(command, run);
				command = this.commands.lines.take();
			}
			return true;
		}

		private void obey(String command, JobRun run) throws SQLException {
			switch (command) {
				case BOOK_GUARDED -> bookGuarded(run);
				case BOOK_FENCED -> bookFenced(run);
				default -> throw new IllegalArgumentException(command);
			}
		}

		private void bookGuarded(JobRun run) {
			try {
				this.transactions.executeWithoutResult((status) -> {
					this.jdbc.sql("insert into ledger (token, way) values (?, 'guarded')").param(run.token()).update();
					tell("spinning");
					tell("woken held=" + isHeldAfterFreeze(run));
				});
				tell("committed");
			}
			catch (LockLostException ex) {
				tell("rolled-back");
			}
		}

		/**
		 * Spins, so that the question is the first thing that happens after the freeze: a
		 * thread that waits would let others go first.
		 */
		private static boolean isHeldAfterFreeze(JobRun run) {
			long last = System.nanoTime();
			long now = last;
			while (now - last < FREEZE.toNanos()) {
				last = now;
				now = System.nanoTime();
			}
			return run.isLockHeld();
		}

		private void bookFenced(JobRun run) throws SQLException {
			try (Connection connection = this.dataSource.getConnection()) {
				connection.setAutoCommit(false);
				if (update(connection, "update register set token = ?1 where token < ?1", run) == 0) {
					connection.rollback();
					tell("refused");
				}
				else {
					update(connection, "insert into ledger (token, way) values (?1, 'fenced')", run);
					connection.commit();
					tell("booked");
				}
			}
		}

		private static int update(Connection connection, String sql, JobRun run) throws SQLException {
			try (PreparedStatement statement = connection.prepareStatement(sql)) {
				statement.setLong(1, run.token());
				return statement.executeUpdate();
			}
		}

	}

}

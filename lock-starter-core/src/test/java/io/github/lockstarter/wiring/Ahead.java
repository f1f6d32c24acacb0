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

package io.github.lockstarter.wiring;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.tools.ToolProvider;

import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.GeneratedFiles.Kind;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.io.InputStreamSource;
import org.springframework.javapoet.ClassName;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.EnableScheduling;

import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockSettings;
import io.github.lockstarter.run.DistributedSchedulingConfiguration;
import io.github.lockstarter.run.RunSettings;

/**
 * An application whose beans are made by code that Spring has generated ahead of time.
 * The library and the jobs are loaded once more beside that code, as it calls what is
 * package-private.
 */
public final class Ahead {

	private Ahead() {
	}

	/**
	 * Generate the code, start the application that it makes, and fire everything once.
	 * @return the triggers of the bodies
	 */
	static List<String> run(Path directory, Class<?>... beans) throws Exception {
		String initializer = generate(directory, beans);
		try (Loader loader = new Loader(directory)) {
			Class<?> type = loader.loadClass(Ahead.class.getName());
			return ((List<?>) type.getDeclaredMethod("start", String.class).invoke(null, initializer)).stream()
				.map(String::valueOf)
				.toList();
		}
	}

	private static String generate(Path directory, Class<?>... beans) throws IOException {
		InMemoryGeneratedFiles files = new InMemoryGeneratedFiles();
		DefaultGenerationContext generation = new DefaultGenerationContext(
				new ClassNameGenerator(ClassName.get(Application.class)), files);
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.register(Application.class);
		context.register(beans);
		ClassName initializer = new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
		generation.writeGeneratedContent();
		List<String> arguments = new ArrayList<>(List.of("-d", directory.toString(), "-proc:none", "-nowarn", "-cp",
				System.getProperty("java.class.path")));
		for (Map.Entry<String, InputStreamSource> file : files.getGeneratedFiles(Kind.SOURCE).entrySet()) {
			arguments.add(write(directory, file).toString());
		}
		for (Map.Entry<String, InputStreamSource> file : files.getGeneratedFiles(Kind.CLASS).entrySet()) {
			write(directory, file);
		}
		if (ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new)) != 0) {
			throw new IllegalStateException("What was generated does not compile");
		}
		return initializer.canonicalName();
	}

	private static Path write(Path directory, Map.Entry<String, InputStreamSource> file) throws IOException {
		Path path = directory.resolve(file.getKey());
		Files.createDirectories(path.getParent());
		try (InputStream in = file.getValue().getInputStream()) {
			Files.write(path, in.readAllBytes());
		}
		return path;
	}

	/**
	 * Start what was generated.
	 * @param initializer the class that was generated
	 * @return the triggers of the bodies
	 * @throws ReflectiveOperationException if there is no such class
	 */
	@SuppressWarnings("unchecked")
	public static List<String> start(String initializer) throws ReflectiveOperationException {
		ApplicationContextInitializer<GenericApplicationContext> initializes = (ApplicationContextInitializer<GenericApplicationContext>) Ahead.class
			.getClassLoader()
			.loadClass(initializer)
			.getDeclaredConstructor()
			.newInstance();
		try (Server server = new Server(); GenericApplicationContext context = new GenericApplicationContext()) {
			context.setClassLoader(Ahead.class.getClassLoader());
			initializes.initialize(context);
			context.refresh();
			server.fire();
			server.thrown().forEach((ex) -> {
				throw new IllegalStateException(ex);
			});
			return Body.calls().stream().map(Body.Call::trigger).toList();
		}
	}

	/**
	 * What every server has, without code that could not be generated.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	@Import(DistributedSchedulingConfiguration.class)
	static class Application {

		@Bean
		@Lazy
		RunSettings settings() {
			return new RunSettings("ahead", "server-1", Duration.ofSeconds(60), Duration.ZERO, Duration.ZERO);
		}

		@Bean
		@Lazy
		JobLocks locks() {
			return JobLocks.inMemory(
					new LockSettings("ahead", "test:", "server-1", Duration.ofSeconds(2), Duration.ofMinutes(1)),
					TimeSource.system());
		}

		@Bean
		TaskScheduler taskScheduler() {
			return Server.scheduler();
		}

	}

	/**
	 * Defines the classes of this project itself.
	 */
	private static final class Loader extends URLClassLoader {

		Loader(Path directory) throws MalformedURLException {
			super(new URL[] { directory.toUri().toURL() }, Ahead.class.getClassLoader());
		}

		@Override
		protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
			if (!name.startsWith("io.github.lockstarter.")) {
				return super.loadClass(name, resolve);
			}
			synchronized (getClassLoadingLock(name)) {
				Class<?> loaded = findLoadedClass(name);
				return (loaded != null) ? loaded : define(name);
			}
		}

		private Class<?> define(String name) throws ClassNotFoundException {
			try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
				if (in == null) {
					throw new ClassNotFoundException(name);
				}
				byte[] bytes = in.readAllBytes();
				return defineClass(name, bytes, 0, bytes.length);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
